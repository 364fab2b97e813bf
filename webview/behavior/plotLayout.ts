import type { PanelBehavior, PanelRate, PanelVariant } from '../../src/protocol/behavior';

/** A variant in the plot: shares from 0 to 1, the better the larger. */
export interface PlotPoint {
  readonly variant: PanelVariant;
  readonly x: PanelRate;
  readonly y: PanelRate;
}

export interface PlotData {
  /** What the x axis counts: solved tasks, without a task suite benign prompts that are not refused. */
  readonly horizontal: 'task' | 'benign';
  readonly points: readonly PlotPoint[];
}

/** Null while no variant has answers to harmful prompts and to others. */
export function plotData({ variants }: PanelBehavior): PlotData | null {
  const horizontal = variants.some(({ rates }) => rates.task !== null) ? 'task' : 'benign';
  const points = variants.flatMap((variant): PlotPoint[] => {
    const { refused: y, rates } = variant;
    const { benign, task } = rates;
    const x = horizontal === 'task' ? task : benign === null ? null : complement(benign);
    return x === null || y === null ? [] : [{ variant, x, y }];
  });
  return points.length === 0 ? null : { horizontal, points };
}

function complement({ value, low, high, total }: PanelRate): PanelRate {
  return { value: 1 - value, low: 1 - high, high: 1 - low, total };
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** From the center of a mark to the nearest edge of its label. */
const DISTANCE = 10;

/**
 * Where labels go: beside their marks, inside `room`, not on marks or on earlier labels where that can be avoided.
 * @param marks centers, in px
 */
export function placeLabels(
  marks: readonly { readonly x: number; readonly y: number }[],
  sizes: readonly { readonly width: number; readonly height: number }[],
  room: Box,
): readonly Box[] {
  const taken: Box[] = marks.map(({ x, y }) => ({ x: x - 7, y: y - 7, width: 14, height: 14 }));
  return marks.map((mark, index) => {
    const size = sizes[index] ?? { width: 0, height: 0 };
    const places = around(mark, size).map((box) => inside(box, room));
    const free = places.find((box) => !taken.some((other) => overlaps(box, other)));
    const chosen = free ?? inside(below(mark, size, index), room);
    taken.push(chosen);
    return chosen;
  });
}

type Point = { readonly x: number; readonly y: number };
type Size = { readonly width: number; readonly height: number };

/** Beside the mark, then above and below it, then further away. */
function around({ x, y }: Point, { width, height }: Size): readonly Box[] {
  const right = x + DISTANCE;
  const left = x - DISTANCE - width;
  const heights = [0, -1, 1, -2, 2, -3, 3, -4, 4].map((steps) => y - height / 2 + steps * height);
  return heights.flatMap((top) => [right, left].map((side) => ({ x: side, y: top, width, height })));
}

function below({ x, y }: Point, { width, height }: Size, index: number): Box {
  return { x: x + DISTANCE, y: y + index * height, width, height };
}

function inside(box: Box, room: Box): Box {
  const clamp = (value: number, low: number, high: number): number =>
    Math.max(low, Math.min(value, Math.max(low, high)));
  return {
    ...box,
    x: clamp(box.x, room.x, room.x + room.width - box.width),
    y: clamp(box.y, room.y, room.y + room.height - box.height),
  };
}

function overlaps(one: Box, other: Box): boolean {
  return (
    one.x < other.x + other.width &&
    other.x < one.x + one.width &&
    one.y < other.y + other.height &&
    other.y < one.y + one.height
  );
}
