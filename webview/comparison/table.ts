import { needsPopulation, scoreInfo } from '../../src/core/report/scores';
import type { ScoreName } from '../../src/core/ediem/types';
import { visibleText } from '../../src/core/report/escape';
import type { ComparisonToHost } from '../../src/protocol/comparison';
import { choice, textField, type ChoiceControl } from '../controls';
import { element, setText, show } from '../dom';
import { text, translated } from '../strings';
import { copying } from '../table/copying';
import { Table } from '../table/table';
import { ContextMenu } from '../view/menu';
import { buildName } from '../view/moduleCells';
import { INITIAL_VIEW, type ComparisonModel, type ComparisonView } from './model';

/** All modules with one measure of each adapter, sortable and filterable. */
export class ComparisonTable {
  readonly element: HTMLElement;
  readonly #model: ComparisonModel;
  readonly #post: (message: ComparisonToHost) => void;
  readonly #table: Table<ComparisonModel>;
  readonly #search;
  readonly #show: ChoiceControl<ComparisonView['show']>;
  readonly #measure: ChoiceControl<ScoreName>;
  readonly #counts = element('span', { class: 'counts', role: 'status' });
  readonly #note = element('p', { class: 'note' }, text('withinOnly'));
  readonly #empty = element('p', { class: 'note table-empty' }, text('noneListed'));

  /** Of the adapters and measures that the model has now. */
  constructor(model: ComparisonModel, post: (message: ComparisonToHost) => void) {
    this.#model = model;
    this.#post = post;
    this.#search = textField({
      label: text('filter'),
      placeholder: text('filterPlaceholder'),
      when: 'input',
      onChange: (search) => model.setView({ search }),
    });
    this.#search.field.classList.add('wide-field');
    const shows = [
      { value: 'all', label: text('showAll') },
      { value: 'changed', label: text('showChanged') },
    ] as const;
    this.#show = choice(text('show'), shows, (shown) => model.setView({ show: shown }));
    const measures = model.content.measures.map(({ score: value }) => ({
      value,
      label: translated(scoreInfo[value].label),
    }));
    this.#measure = choice(text('measureShown'), measures, (score) => model.setView({ score }));
    show(this.#measure.field, measures.length > 1);
    show(this.#show.field, model.content.pair !== null);
    this.#table = this.#makeTable();
    this.element = element(
      'section',
      { class: 'modules', 'aria-label': text('tableHeading') },
      element(
        'div',
        { class: 'toolbar' },
        ...[this.#measure.field, this.#search.field, this.#show.field, this.#counts],
      ),
      this.#note,
      this.#table.element,
      this.#makeMenu().element,
      this.#empty,
    );
  }

  /** Ctrl+F leads to the filter: it finds what the table has not drawn, which no search in the page does. */
  focusFilter(): void {
    this.#search.focus();
  }

  update(): void {
    const model = this.#model;
    const { content, measure, view } = model;
    if (measure !== undefined) this.#measure.show(measure.score);
    this.#search.show(view.search);
    this.#show.show(view.show);
    show(this.#note, measure !== undefined && needsPopulation(measure.score));
    setText(
      this.#counts,
      text('listed', model.rows.length.toLocaleString(), content.modules.length.toLocaleString()),
    );
    show(this.#empty, model.rows.length === 0 && content.modules.length > 0);
    this.#table.show(model.columns, model.rows, model.sort);
  }

  /** Brings a module into view, and removes a filter that hides it. */
  reveal(index: number): void {
    const model = this.#model;
    const { search, show: shown } = INITIAL_VIEW;
    if (!model.rows.includes(index)) model.setView({ search, show: shown });
    this.update();
    this.#table.reveal(index);
    this.#table.element.scrollIntoView({ block: 'nearest' });
  }

  #makeTable(): Table<ComparisonModel> {
    const model = this.#model;
    const { marks } = model;
    return new Table({
      model,
      label: text('compareTableLabel'),
      cells: { module: buildName },
      multiselectable: true,
      active: () => marks.active,
      isSelected: (index) => marks.chosen.has(index),
      onSort: (column) => model.sortBy(column),
      onChoose: (index, how) => model.choose(index, how),
      onOpen: (index) => this.#open(index, this.#lastWith(index)),
      onKey: (event) => {
        if (event.key === ' ' && marks.active !== -1) model.choose(marks.active, 'toggle');
        else if (event.key === 'Escape') model.chooseAll([]);
        else if (event.key === 'a' && (event.ctrlKey || event.metaKey)) model.chooseAll(model.rows);
        else return;
        event.preventDefault();
      },
    });
  }

  /** The last adapter that has the module: the newest state of it. */
  #lastWith(index: number): number {
    const { adapters } = this.#model.content;
    const at = adapters.findLastIndex((_adapter, place) => this.#model.valueOf(place, index) !== null);
    return at === -1 ? adapters.length - 1 : at;
  }

  #open(index: number, adapter: number): void {
    const module = this.#model.content.modules[index];
    if (module !== undefined) this.#post({ type: 'open', adapter, module });
  }

  #makeMenu(): ContextMenu {
    const model = this.#model;
    const { marks } = model;
    const copies = copying(this.#table.element, () => ({
      model,
      columns: model.columns,
      rows: marks.inOrder(model.rows),
    }));
    const opens = model.content.adapters.map(({ head }, adapter) => ({
      label: text('showModuleIn', visibleText(head)),
      onChoose: () => this.#open(marks.active, adapter),
    }));
    return new ContextMenu(this.#table.element, text('rowMenu'), [...copies, ...opens], (event) => {
      const index = this.#table.indexAt(event.target);
      if (index !== undefined && !marks.chosen.has(index)) model.choose(index, 'only');
      return marks.active !== -1;
    });
  }
}
