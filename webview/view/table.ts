import type { Verdict } from '../../src/core/selection/types';
import { button, choice, disable, textField } from '../controls';
import { element, setText, show } from '../dom';
import { HIDEABLE_COLUMNS, moduleColumns } from '../model/columns';
import type { Dirty, PageModel } from '../model/page';
import { isPinned, isPruned, type Show } from '../model/rows';
import { text, type StringKey } from '../strings';
import { labelText } from '../table/column';
import { copying } from '../table/copying';
import { Table } from '../table/table';
import { ContextMenu, MenuButton } from './menu';
import { buildName, buildPins } from './moduleCells';
import { pinKey } from './keys';
import type { Post, View } from './view';

const SHOWS: readonly (readonly [Show, StringKey])[] = [
  ['all', 'showAll'],
  ['standsOut', 'showStandsOut'],
  ['prune', 'showPrune'],
  ['keep', 'showKeep'],
  ['pinned', 'showPinned'],
  ['unscored', 'showUnscored'],
];
const PINS: readonly (readonly [StringKey, StringKey, Verdict | null])[] = [
  ['pinKeep', 'tipPinKeep', 'keep'],
  ['pinPrune', 'tipPinPrune', 'prune'],
  ['unpin', 'tipUnpin', null],
];
/** All modules, sortable and filterable, with pins. */
export class TableView implements View {
  readonly element: HTMLElement;
  readonly #model: PageModel;
  readonly #table: Table<PageModel>;
  readonly #filter;
  readonly #show;
  readonly #counts = element('span', { class: 'counts', role: 'status' });
  readonly #pinButtons;
  readonly #menu: ContextMenu;
  readonly #empty = element('p', { class: 'note table-empty' }, text('noneListed'));

  constructor(model: PageModel, post: Post) {
    this.#model = model;
    this.#filter = textField({
      label: text('filter'),
      placeholder: text('filterPlaceholder'),
      when: 'input',
      onChange: (typed) => model.setView({ filter: { ...model.view.filter, text: typed } }),
    });
    this.#filter.field.classList.add('wide-field');
    const shows = SHOWS.map(([value, key]) => ({ value, label: text(key) }));
    this.#show = choice(text('show'), shows, (shown) =>
      model.setView({ filter: { ...model.view.filter, show: shown } }),
    );
    this.#pinButtons = PINS.map(([key, tip, verdict]) => ({
      tip: text(tip),
      made: button({ label: text(key), onClick: () => model.pin(model.targets, verdict) }),
    }));
    this.#table = this.#makeTable(post);
    const pins = this.#pinButtons.map(({ made }) => made);
    const columns = new MenuButton(text('columns'), this.#columnItems());
    const pinning = element('div', { class: 'pinning' }, this.#counts, ...pins, columns.element);
    this.#menu = this.#makeMenu(post);
    this.element = element(
      'section',
      { class: 'modules', 'aria-label': text('tableHeading') },
      element('div', { class: 'toolbar' }, this.#filter.field, this.#show.field, pinning),
      this.#table.element,
      this.#menu.element,
      this.#empty,
    );
  }

  /** Ctrl+F leads to the filter: it finds what the table has not drawn, which no search in the page does. */
  focusFilter(): void {
    this.#filter.focus();
  }

  #columnItems() {
    const model = this.#model;
    const isShown = (id: string): boolean => !model.view.hidden.includes(id);
    const toggle = (id: string): void => {
      const { hidden } = model.view;
      model.setView({ hidden: isShown(id) ? [...hidden, id] : hidden.filter((one) => one !== id) });
    };
    return HIDEABLE_COLUMNS.map(({ id, label }) => ({
      label: labelText(label),
      isChecked: () => isShown(id),
      onChoose: () => toggle(id),
    }));
  }

  #makeMenu(post: Post): ContextMenu {
    const model = this.#model;
    const items = [
      ...copying(this.#table.element, () => ({
        model,
        columns: this.#columns(),
        rows: model.marks.inOrder(model.rows),
      })),
      ...PINS.map(([key, , verdict]) => ({
        label: text(key),
        onChoose: () => model.pin(model.targets, verdict),
      })),
      { label: text('showInListing'), onChoose: () => this.#reveal(post, model.active) },
    ];
    return new ContextMenu(this.#table.element, text('rowMenu'), items, (event) => {
      const index = this.#table.indexAt(event.target);
      if (index !== undefined && !model.chosen.has(index)) model.choose(index, 'only');
      return model.targets.length > 0;
    });
  }

  #reveal(post: Post, index: number): void {
    const module = this.#model.table.names[index];
    if (module !== undefined) post({ type: 'revealModule', module });
  }

  #columns() {
    const { selection, view } = this.#model;
    return moduleColumns(selection?.rankBy ?? 'ediemIqr', view.sort.column, view.hidden);
  }

  #makeTable(post: Post): Table<PageModel> {
    const model = this.#model;
    return new Table({
      model,
      label: text('tableLabel'),
      cells: { module: buildName, pins: buildPins },
      multiselectable: true,
      active: () => model.active,
      isSelected: (index) => model.chosen.has(index),
      isRanked: (id) => !model.isLive && id === model.selection?.rankBy,
      rowClass: (index) => rowClass(model, index),
      onSort: (column) => model.sortBy(column),
      onExplain: (term) => post({ type: 'explain', term }),
      onChoose: (index, how) => model.choose(index, how),
      onOpen: (index) => this.#reveal(post, index),
      onKey: (event) => {
        const pin = pinKey(event);
        if (pin !== undefined) model.pin(model.targets, pin);
        else if (event.key === ' ' && model.active !== -1) model.choose(model.active, 'toggle');
        else if (event.key === 'Escape') model.chooseAll([]);
        else if (event.key === 'a' && (event.ctrlKey || event.metaKey)) model.chooseAll(model.rows);
        else return;
        event.preventDefault();
      },
    });
  }

  update(model: PageModel, dirty: Dirty): void {
    if (!dirty.data && !dirty.selection && !dirty.view) return;
    this.#filter.show(model.view.filter.text);
    this.#show.show(model.view.filter.show);
    const total = model.table.names.length;
    this.#draw();
    show(this.#empty, model.rows.length === 0 && total > 0);
    const counts = [text('listed', model.rows.length.toLocaleString(), total.toLocaleString())];
    if (model.chosen.size > 0) counts.push(text('chosen', model.chosen.size));
    setText(this.#counts, counts.join(' · '));
    const why =
      model.document === null ? text('whyNoScores') : model.targets.length === 0 ? text('whyNoRow') : null;
    for (const { made, tip } of this.#pinButtons) disable(made, why, tip);
  }

  /** Brings a module into view, and removes a filter that hides it. */
  reveal(index: number): void {
    const model = this.#model;
    if (!model.rows.includes(index)) model.setView({ filter: { text: '', show: 'all' } });
    this.#draw();
    this.#table.reveal(index);
    this.#table.element.scrollIntoView({ block: 'nearest' });
  }

  #draw(): void {
    const { rows, view } = this.#model;
    this.#table.show(this.#columns(), rows, view.sort);
  }
}

function rowClass({ table, verdicts }: PageModel, index: number): string {
  const verdict = verdicts[index];
  const status = table.status[index] ?? 'measured';
  const unscored = status !== 'scored' && status !== 'measured';
  const standsOut = (table.standsOut[index] ?? null) !== null;
  return [
    standsOut && 'stands-out',
    isPruned(verdict) && 'pruned',
    isPinned(verdict) && 'pinned',
    unscored && 'unscored',
  ]
    .filter(Boolean)
    .join(' ');
}
