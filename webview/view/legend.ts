import type { ScoreName } from '../../src/core/ediem/types';
import { scoreInfo } from '../../src/core/report/scores';
import { element, setText, show } from '../dom';
import { COLOUR_STEPS, type ColourScale } from '../model/scale';
import { scoreText } from '../model/scoreText';
import { text, translated, type StringKey } from '../strings';

const MARKS: readonly (readonly [string, StringKey])[] = [
  ['step-3 pruned', 'legendPruned'],
  ['step-3 pinned', 'legendPinned'],
  ['unscored', 'legendNoScore'],
];

/** What colors and marks of the heat map mean. */
export class Legend {
  readonly element: HTMLElement;
  readonly #scale: HTMLElement;
  readonly #score = element('span', { class: 'legend-score' });
  readonly #low = element('span');
  readonly #high = element('span');

  constructor() {
    const steps = Array.from({ length: COLOUR_STEPS }, (_step, place) =>
      element('i', { class: `step-${String(place)}` }),
    );
    const ramp = element('span', { class: 'legend-ramp', 'aria-hidden': 'true' }, ...steps);
    this.#scale = element('span', { class: 'legend-scale' }, this.#score, this.#low, ramp, this.#high);
    const marks = MARKS.map(([kind, key]) => {
      const swatch = element('i', { class: `cell ${kind}`, 'aria-hidden': 'true' });
      return element('span', { class: 'legend-mark' }, swatch, element('span', {}, text(key)));
    });
    this.element = element('div', { class: 'legend' }, this.#scale, ...marks);
  }

  update(scale: ColourScale | null, score: ScoreName): void {
    show(this.#scale, scale !== null);
    if (scale === null) return;
    const beyond = (outliers: boolean, sign: string): string => (outliers ? `${sign} ` : '');
    const [below, above] = scale.low <= scale.high ? ['≤', '≥'] : ['≥', '≤'];
    setText(this.#score, translated(scoreInfo[score].label));
    setText(this.#low, beyond(scale.beyondLow, below) + scoreText(score, scale.low));
    const high = beyond(scale.beyondHigh, above) + scoreText(score, scale.high);
    setText(this.#high, `${high} ${text('legendGoesFirst')}`);
  }
}
