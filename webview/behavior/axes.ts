import { svg } from '../dom';

/** Of every plot of refusals, in px. */
export const HEIGHT = 270;
export const LEFT = 58;
export const RIGHT = 2;
export const TOP = 2;
export const BOTTOM = 38;
/** Between the frame and 0 or 100 %, so that marks there are whole. */
const INSET = 14;
const TICKS = [0, 0.25, 0.5, 0.75, 1];

export const xOf = (share: number, width: number): number =>
  LEFT + INSET + share * (width - LEFT - RIGHT - 2 * INSET);
export const yOf = (share: number): number => TOP + INSET + (1 - share) * (HEIGHT - TOP - BOTTOM - 2 * INSET);

/** A line of the grid across, at a share of the width, and what is written below it. */
export interface Tick {
  readonly at: number;
  readonly shown: string;
}

const SHARES: readonly Tick[] = TICKS.map((at) => ({ at, shown: `${String(at * 100)} %` }));

interface AxisNames {
  readonly across: string;
  readonly up: string;
}

/** Frame, grid and names of both axes. Shares are on y; on x what `ticks` say. */
export function axisMarks(
  width: number,
  { across, up }: AxisNames,
  ticks: readonly Tick[] = SHARES,
): SVGElement[] {
  const marks: SVGElement[] = [];
  for (const { at, shown } of SHARES) {
    const y = yOf(at);
    marks.push(
      svg('line', { class: 'grid', x1: LEFT, x2: width - RIGHT, y1: y, y2: y }),
      svg('text', { x: LEFT - 6, y: y + 4, 'text-anchor': 'end' }, shown),
    );
  }
  for (const { at, shown } of ticks) {
    const x = xOf(at, width);
    marks.push(
      svg('line', { class: 'grid', x1: x, x2: x, y1: TOP, y2: HEIGHT - BOTTOM }),
      svg('text', { x, y: HEIGHT - BOTTOM + 15, 'text-anchor': 'middle' }, shown),
    );
  }
  const [middle, center] = [(xOf(0, width) + xOf(1, width)) / 2, (yOf(0) + yOf(1)) / 2];
  const turned = `translate(11 ${String(center)}) rotate(-90)`;
  const frame = { x: LEFT, y: TOP, width: width - LEFT - RIGHT, height: HEIGHT - TOP - BOTTOM };
  marks.push(
    svg('rect', { class: 'frame', ...frame }),
    svg('text', { class: 'axis-name', x: middle, y: HEIGHT - 4, 'text-anchor': 'middle' }, across),
    svg('text', { class: 'axis-name', transform: turned, 'text-anchor': 'middle' }, up),
  );
  return marks;
}
