import { visibleText } from '../../src/core/report/escape';
import { terms } from '../../src/core/report/terms';
import type { PanelRepair, PanelRepairPoint } from '../../src/protocol/panelRepair';
import { element, setText, show } from '../dom';
import { text, translated } from '../strings';

/** What was measured on the prompts that choose, as a table: the plot in words. */
export class PointsView {
  readonly element: HTMLDetailsElement;
  readonly #summary = element('summary');
  readonly #table = element('table', { class: 'behavior-numbers' });
  #drawn = '';

  constructor() {
    const scrolled = element('div', { class: 'behavior-figures' }, this.#table);
    this.element = element('details', { class: 'repair-points' }, this.#summary, scrolled);
  }

  update({ points, chosen }: PanelRepair): void {
    show(this.element, points.length > 0);
    const drawn = JSON.stringify([points, chosen]);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    setText(this.#summary, text('repairPoints', points.length));
    const isClearShown = points.some(({ clear }) => clear !== null);
    const heads = [
      text('headStrength'),
      translated(terms.answeredHarmful.title),
      ...(isClearShown ? [text('headClear')] : []),
      translated(terms.refusedBenign.title),
      translated(terms.solvedTasks.title),
      text('headTarget'),
    ];
    this.#table.replaceChildren(
      element('thead', {}, element('tr', {}, ...heads.map((head) => element('th', { scope: 'col' }, head)))),
      element(
        'tbody',
        {},
        ...points.map((point, index) => pointRow(point, { isChosen: index === chosen, isClearShown })),
      ),
    );
  }
}

function pointRow(
  point: PanelRepairPoint,
  { isChosen, isClearShown }: { readonly isChosen: boolean; readonly isClearShown: boolean },
): HTMLElement {
  const { refused, clear, overRefusal, task, meets } = point;
  const name = visibleText(point.label);
  const shares = [1 - refused, ...(isClearShown ? [clear] : []), overRefusal, task];
  const cells = shares.map((share) => element('td', {}, percent(share)));
  const reached = text(meets ? 'targetMet' : 'targetMissed');
  return element(
    'tr',
    isChosen ? { class: 'chosen' } : {},
    element('th', { scope: 'row' }, isChosen ? text('repairChosen', name) : name),
    ...cells,
    element('td', {}, reached),
  );
}

function percent(share: number | null): string {
  return share === null ? '–' : `${String(Math.round(share * 100))} %`;
}
