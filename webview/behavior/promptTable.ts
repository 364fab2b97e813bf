import { choice, textField } from '../controls';
import { element, setText, show } from '../dom';
import { text, type StringKey } from '../strings';
import type { Explain } from '../table/headTip';
import type { Table } from '../table/table';
import type { BehaviorModel } from './model';
import { promptGrid } from './promptGrid';
import type { PromptShow } from './prompts';

const SHOWS: readonly (readonly [PromptShow, StringKey])[] = [
  ['changed', 'showChanged'],
  ['all', 'showAll'],
  ['harmful', 'suiteHarmful'],
  ['benign', 'suiteBenign'],
  ['task', 'suiteTask'],
];

/** The prompts with what became of them, sortable and filterable. The one under the keyboard has its answers shown. */
export class PromptTable {
  readonly element: HTMLElement;
  readonly #model: BehaviorModel;
  readonly #toAnswers: () => void;
  readonly #explain: Explain;
  readonly #show;
  readonly #filter;
  readonly #counts = element('span', { class: 'counts', role: 'status' });
  readonly #empty = element('p', { class: 'note table-empty' });
  #table: Table<BehaviorModel> | undefined;
  #place = element('div', { class: 'prompt-table' });
  #variants = '';

  /** @param toAnswers moves the focus to the answers of the active prompt */
  constructor(model: BehaviorModel, toAnswers: () => void, explain: Explain) {
    this.#model = model;
    this.#toAnswers = toAnswers;
    this.#explain = explain;
    this.#show = choice(
      text('showPrompts'),
      SHOWS.map(([value, key]) => ({ value, label: text(key) })),
      (shown) => model.setView({ filter: { ...model.view.filter, show: shown } }),
    );
    this.#filter = textField({
      label: text('filterPrompts'),
      when: 'input',
      onChange: (typed) => model.setView({ filter: { ...model.view.filter, text: typed } }),
    });
    this.#filter.field.classList.add('wide-field');
    this.element = element(
      'div',
      { class: 'prompts' },
      element('div', { class: 'toolbar' }, this.#show.field, this.#filter.field, this.#counts),
      this.#place,
      this.#empty,
    );
  }

  update(): void {
    const model = this.#model;
    const { filter, sort } = model.view;
    this.#show.show(filter.show);
    this.#filter.show(filter.text);
    const { rows, prompts } = model;
    const isEmpty = rows.length === 0;
    show(this.#place, !isEmpty);
    show(this.#empty, isEmpty);
    setText(
      this.#empty,
      text(filter.show === 'changed' && filter.text === '' ? 'noneChanged' : 'noPromptListed'),
    );
    setText(this.#counts, text('listed', rows.length.toLocaleString(), prompts.length.toLocaleString()));
    if (!isEmpty) this.#tableOf(model).show(model.columns, rows, sort);
  }

  /** Rows are built for the variants of one result. */
  #tableOf(model: BehaviorModel): Table<BehaviorModel> {
    const variants = model.variants.map(({ id }) => id).join('\n');
    if (this.#table !== undefined && variants === this.#variants) return this.#table;
    this.#variants = variants;
    this.#table = promptGrid(model, {
      label: text('promptsLabel'),
      onOpen: () => this.#toAnswers(),
      onExplain: this.#explain,
    });
    this.#place.replaceChildren(this.#table.element);
    return this.#table;
  }
}
