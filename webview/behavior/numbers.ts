import { visibleText } from '../../src/core/report/escape';
import { formatBytes } from '../../src/core/report/scores';
import { termInfo, type TermId } from '../../src/core/report/terms';
import type { PanelBehavior, PanelChange, PanelRate, PanelVariant } from '../../src/protocol/behavior';
import { element } from '../dom';
import { text, translated } from '../strings';
import { HeadTip, type Explain } from '../table/headTip';
import { variantName } from './prompts';

const SUITES = ['harmful', 'benign', 'task'] as const;
const TERMS = {
  harmful: 'answeredHarmful',
  benign: 'refusedBenign',
  task: 'solvedTasks',
} as const;

/** Smaller ones are not shown in full: as a number they would say more than a few dozen prompts can. */
const SMALLEST_P = 0.001;

const whole = (share: number): number => Math.round(share * 100);
const percent = (share: number): string => `${String(whole(share))} %`;

/** Three digits say as much as a measurement of a few seconds does. */
const speedText = (speed: number): string => Number(speed.toPrecision(3)).toLocaleString();

/** With its interval. */
export function rateText({ value, low, high }: PanelRate): string {
  return text('rateWithInterval', whole(value), whole(low), whole(high));
}

export function changeText({ better, worse, p }: PanelChange): string {
  if (better + worse === 0) return text('changeNone');
  const shown = p < SMALLEST_P ? `< ${String(SMALLEST_P)}` : `= ${p.toFixed(p < 0.1 ? 3 : 2)}`;
  return text('changeOf', better, worse, shown);
}

/** The numbers beside the plot: a row for each variant. */
export class NumbersView {
  readonly element: HTMLElement;
  readonly #table = element('table', { class: 'behavior-numbers' });
  readonly #explain: Explain | undefined;
  readonly #tip: HeadTip;

  /** @param explain absent where no page can be opened */
  constructor(explain?: Explain) {
    this.#explain = explain;
    this.#tip = new HeadTip(explain);
    this.element = element('div', { class: 'behavior-figures' }, this.#table);
  }

  update({ variants }: Pick<PanelBehavior, 'variants'>): void {
    const suites = SUITES.filter((suite) => variants.some(({ rates }) => rates[suite] !== null));
    const heads = [
      element('th', { scope: 'col' }, text('headVariant')),
      ...suites.map((suite) => this.#head(translated(termInfo(TERMS[suite]).title), TERMS[suite])),
      this.#head(text('headSize'), 'adapterBytes'),
      ...(hasSpeed(variants) ? [this.#head(text('headSpeed'), 'speed')] : []),
    ];
    this.#tip.hide();
    const head = element('tr', {}, ...heads);
    const rows = variants.map((variant) => variantRow(variant, suites, hasSpeed(variants)));
    this.#table.replaceChildren(
      element('caption', { class: 'visually-hidden' }, text('numbersLabel')),
      element('thead', {}, head),
      element('tbody', {}, ...rows),
    );
  }

  /** A head that says what it shows, and opens the page of terms. */
  #head(label: string, term: TermId): HTMLElement {
    const button = element('button', { class: 'head-button', type: 'button' }, element('span', {}, label));
    button.addEventListener('click', () => this.#explain?.(term));
    this.#tip.attach(button, translated(termInfo(term).description), term);
    return element('th', { scope: 'col' }, button);
  }
}

const hasSpeed = (variants: readonly PanelVariant[]): boolean =>
  variants.some(({ tokensPerSecond }) => tokensPerSecond !== null);

function variantRow(
  variant: PanelVariant,
  suites: readonly (typeof SUITES)[number][],
  withSpeed: boolean,
): HTMLElement {
  const { role, detail, bytes, tokensPerSecond } = variant;
  const name = element(
    'th',
    { scope: 'row', title: visibleText(detail) },
    element('span', { class: `variant-mark mark-${role}`, 'aria-hidden': 'true' }),
    visibleText(variantName(variant)),
  );
  const tokens = variant.tokenAccuracy;
  const cells = suites.map((suite) => {
    const more = suite === 'task' && tokens !== null ? [text('tokenAccuracy', percent(tokens.value))] : [];
    return rateCell(variant.rates[suite], variant.changes[suite], more);
  });
  const size = element('td', {}, bytes === null || bytes === 0 ? '–' : formatBytes(bytes));
  const speed = element('td', {}, tokensPerSecond === null ? '–' : speedText(tokensPerSecond));
  return element('tr', {}, name, ...cells, size, ...(withSpeed ? [speed] : []));
}

function rateCell(rate: PanelRate | null, change: PanelChange | null, more: readonly string[]): HTMLElement {
  if (rate === null) return element('td', {}, '–');
  const { value, low, high, total } = rate;
  const facts = [
    text('rateFacts', whole(low), whole(high), total),
    ...more,
    ...(change === null ? [] : [changeText(change)]),
  ];
  const lines = facts.map((fact) => element('span', { class: 'rate-facts' }, fact));
  return element('td', {}, element('span', { class: 'rate' }, percent(value)), ...lines);
}
