import type { PanelRunStep, PanelShares } from '../../src/protocol/panelRepair';
import { axisMarks, xOf, yOf, type Tick } from '../behavior/axes';
import { SHAPES } from '../behavior/marks';
import { PlotBase, type Drawing } from '../behavior/plotBase';
import { svg } from '../dom';
import { text, type StringKey } from '../strings';

/** Labels below the grid that have room in the narrowest panel. */
const TICKS_MAX = 6;

interface Line {
  readonly className: string;
  readonly shape: string;
  readonly name: StringKey;
  readonly share: (shares: PanelShares) => number | null;
}

const LINES: readonly Line[] = [
  {
    className: 'steps-answered',
    shape: SHAPES.adapter,
    name: 'stepsAnswered',
    share: ({ refused }) => 1 - refused,
  },
  { className: 'steps-task', shape: SHAPES.other, name: 'axisTask', share: ({ task }) => task },
];

/** Answered harmful prompts and solved tasks over the steps of a run, as trained and repaired. */
export class RunStepsView extends PlotBase<readonly PanelRunStep[]> {
  constructor() {
    super('repair-steps', 'stepsHint');
  }

  update(steps: readonly PanelRunStep[]): void {
    this.show(steps.length === 0 ? null : steps);
  }

  protected drawing(steps: readonly PanelRunStep[], width: number): Drawing {
    const placeOf = (at: number): number => at / Math.max(1, steps.length - 1);
    const every = Math.ceil(steps.length / TICKS_MAX);
    const ticks = steps.flatMap((step, at): Tick[] =>
      at % every === 0 ? [{ at: placeOf(at), shown: labelOf(step) }] : [],
    );
    const names = { across: text('axisStep'), up: text('axisShare') };
    const drawn = LINES.flatMap((line) =>
      (['before', 'after'] as const).flatMap((when) => lineOf(line, when, steps, width)),
    );
    return {
      label: [text('stepsLabel'), ...steps.map(spoken)].join(' '),
      marks: [
        svg('g', { class: 'axis' }, ...axisMarks(width, names, ticks)),
        svg('g', {}, ...drawn, ...this.names(lastPlaces(steps, width), width)),
      ],
    };
  }
}

function placesOf(
  { share }: Line,
  when: 'before' | 'after',
  steps: readonly PanelRunStep[],
  width: number,
): readonly { readonly x: number; readonly y: number; readonly step: PanelRunStep }[] {
  return steps.flatMap((step, at) => {
    const value = share(step[when]);
    const across = at / Math.max(1, steps.length - 1);
    return value === null ? [] : [{ x: xOf(across, width), y: yOf(value), step }];
  });
}

function lineOf(
  line: Line,
  when: 'before' | 'after',
  steps: readonly PanelRunStep[],
  width: number,
): SVGElement[] {
  const places = placesOf(line, when, steps, width);
  const points = places.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');
  return [
    svg('polyline', { class: `steps-line ${line.className} ${when}`, points }),
    ...places.map(({ x, y, step }) =>
      svg(
        'path',
        {
          class: `steps-mark ${line.className} ${when}`,
          d: line.shape,
          transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})`,
        },
        svg('title', {}, spoken(step)),
      ),
    ),
  ];
}

/** Names are beside the last marks of the repaired adapters. */
function lastPlaces(steps: readonly PanelRunStep[], width: number) {
  return LINES.flatMap((line) => {
    const last = placesOf(line, 'after', steps, width).at(-1);
    return last === undefined ? [] : [{ x: last.x, y: last.y, name: text(line.name) }];
  });
}

const labelOf = ({ step }: PanelRunStep): string => (step === null ? text('stepFinal') : String(step));

function spoken(step: PanelRunStep): string {
  const { before, after } = step;
  return text(
    'stepOf',
    labelOf(step),
    ...[1 - before.refused, 1 - after.refused].map(percent),
    ...[before.task, after.task].map(percent),
  );
}

function percent(share: number | null): string {
  return share === null ? '–' : `${String(Math.round(share * 100))} %`;
}
