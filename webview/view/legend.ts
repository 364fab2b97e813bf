import type { ScoreName } from '../../src/core/ediem/types';
import { scoreInfo } from '../../src/core/report/scores';
import { element, setText, show } from '../dom';
import { COLOUR_STEPS, type ColourScale } from '../model/scale';
import { scoreText } from '../model/scoreText';
import { text, translated, type StringKey } from '../strings';

const MARKS: readonly (readonly [string, StringKey])[] = [
  ['step-3 stands-out', 'standsOut'],
  ['step-3 pruned', 'legendPruned'],
  ['step-3 pinned', 'legendPinned'],
  ['unscored', 'legendNoScore'],
];

/** What colors and marks of the heat map mean. */
export function legend(): {
  readonly element: HTMLElement;
  update: (scale: ColourScale | null, score: ScoreName) => void;
} {
  const steps = Array.from({ length: COLOUR_STEPS }, (_step, place) =>
    element('i', { class: `step-${String(place)}` }),
  );
  const ramp = element('span', { class: 'legend-ramp', 'aria-hidden': 'true' }, ...steps);
  const name = element('span', { class: 'legend-score' });
  const [low, high] = [element('span'), element('span')];
  const scalePart = element('span', { class: 'legend-scale' }, name, low, ramp, high);
  const marks = MARKS.map(([kind, key]) => {
    const swatch = element('i', { class: `cell ${kind}`, 'aria-hidden': 'true' });
    return element('span', { class: 'legend-mark' }, swatch, element('span', {}, text(key)));
  });
  return {
    element: element('div', { class: 'legend' }, scalePart, ...marks),
    update: (scale, score) => {
      show(scalePart, scale !== null);
      if (scale === null) return;
      const [below, above] = scale.low <= scale.high ? ['≤ ', '≥ '] : ['≥ ', '≤ '];
      setText(name, translated(scoreInfo[score].label));
      setText(low, (scale.beyondLow ? below : '') + scoreText(score, scale.low));
      const most = (scale.beyondHigh ? above : '') + scoreText(score, scale.high);
      setText(high, `${most} ${text('legendGoesFirst')}`);
    },
  };
}
