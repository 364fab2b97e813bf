import type { ScoreName } from '../../src/core/ediem/types';
import { scoreInfo } from '../../src/core/report/scores';
import { element, setText, show } from '../dom';
import { COLOUR_STEPS, type ColourScale } from '../model/scale';
import { scoreText } from '../model/scoreText';
import { text, translated, type StringKey } from '../strings';

type Marks = readonly (readonly [kind: string, label: StringKey])[];

const MARKS: Marks = [
  ['step-3 stands-out', 'standsOut'],
  ['step-3 pruned', 'legendPruned'],
  ['step-3 pinned', 'legendPinned'],
  ['unscored', 'legendNoScore'],
];

/** What colors and marks of a heat map of scores mean. */
export function legend(): {
  readonly element: HTMLElement;
  update: (scale: ColourScale | null, score: ScoreName) => void;
} {
  const made = mapLegend(MARKS);
  return {
    element: made.element,
    update: (scale, score) =>
      made.update(scale, {
        name: translated(scoreInfo[score].label),
        format: (value) => scoreText(score, value),
        strong: text('legendGoesFirst'),
      }),
  };
}

interface Shown {
  /** What the colors show. */
  readonly name: string;
  readonly format: (value: number) => string;
  /** What the strong end of the colors means. */
  readonly strong: string;
}

export function mapLegend(marks: Marks): {
  readonly element: HTMLElement;
  update: (scale: ColourScale | null, shown: Shown) => void;
} {
  const steps = Array.from({ length: COLOUR_STEPS }, (_step, place) =>
    element('i', { class: `step-${String(place)}` }),
  );
  const ramp = element('span', { class: 'legend-ramp', 'aria-hidden': 'true' }, ...steps);
  const name = element('span', { class: 'legend-score' });
  const [low, high] = [element('span'), element('span')];
  const scalePart = element('span', { class: 'legend-scale' }, name, low, ramp, high);
  const swatches = marks.map(([kind, key]) => {
    const swatch = element('i', { class: `cell ${kind}`, 'aria-hidden': 'true' });
    return element('span', { class: 'legend-mark' }, swatch, element('span', {}, text(key)));
  });
  return {
    element: element('div', { class: 'legend' }, scalePart, ...swatches),
    update: (scale, shown) => {
      show(scalePart, scale !== null);
      if (scale === null) return;
      const [below, above] = scale.low <= scale.high ? ['≤ ', '≥ '] : ['≥ ', '≤ '];
      setText(name, shown.name);
      setText(low, (scale.beyondLow ? below : '') + shown.format(scale.low));
      const most = (scale.beyondHigh ? above : '') + shown.format(scale.high);
      setText(high, `${most} ${shown.strong}`.trimEnd());
    },
  };
}
