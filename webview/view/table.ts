import type { Verdict } from '../../src/core/selection/types';
import { button, choice, textField, type ChoiceControl, type TextControl } from '../controls';
import { element, setAttribute, setText, show } from '../dom';
import type { Dirty, PageModel } from '../model/page';
import { commonPrefix, type Show } from '../model/rows';
import { scrollToShow, visibleRange } from '../model/window';
import { text } from '../strings';
import { pinKey } from './keys';
import { TableColumns } from './tableColumns';
import { TableHead } from './tableHead';
import { TableRow } from './tableRow';
import type { Post, View } from './view';

const ROW_HEIGHT = 22;
const HEAD_HEIGHT = 24;
const OVERSCAN = 8;

/** All modules, sortable and filterable; only rows in view exist. */
export class TableView implements View {
  readonly element: HTMLElement;
  readonly #model: PageModel;
  readonly #post: Post;
  readonly #filter: TextControl;
  readonly #show: ChoiceControl<Show>;
  readonly #counts = element('span', { class: 'counts', attributes: { role: 'status' } });
  readonly #pinButtons: readonly ReturnType<typeof button>[];
  readonly #head: TableHead;
  readonly #body = element('div', { class: 'table-body', attributes: { role: 'rowgroup' } });
  readonly #grid: HTMLElement;
  readonly #columns: TableColumns;
  readonly #empty = element('p', { class: 'note table-empty', text: text('noneListed') });
  #rows: TableRow[] = [];
  #prefix = '';

  constructor(model: PageModel, post: Post) {
    this.#model = model;
    this.#post = post;
    this.#filter = textField({
      label: text('filter'),
      placeholder: text('filterPlaceholder'),
      when: 'input',
      onChange: (typed) => model.setView({ filter: { ...model.view.filter, text: typed } }),
    });
    this.#filter.field.classList.add('wide-field');
    this.#show = choice(text('show'), showChoices(), (shown) =>
      model.setView({ filter: { ...model.view.filter, show: shown } }),
    );
    const pins: readonly (readonly ['pinKeep' | 'pinPrune' | 'unpin', Verdict | null])[] = [
      ['pinKeep', 'keep'],
      ['pinPrune', 'prune'],
      ['unpin', null],
    ];
    this.#pinButtons = pins.map(([key, verdict]) =>
      button({ label: text(key), onClick: () => this.#pin(verdict) }),
    );
    this.#head = new TableHead((column) => model.sortBy(column));
    const head = element('div', {
      attributes: { role: 'rowgroup' },
      class: 'table-head-group',
      children: [this.#head.element],
    });
    this.#grid = element('div', {
      class: 'table',
      attributes: {
        role: 'grid',
        tabindex: '0',
        'aria-label': text('tableLabel'),
        'aria-multiselectable': 'true',
      },
      children: [head, this.#body],
    });
    this.#columns = new TableColumns(this.#grid);
    const pinning = element('div', { class: 'pinning', children: [this.#counts, ...this.#pinButtons] });
    this.element = element('section', {
      class: 'modules',
      attributes: { 'aria-label': text('tableHeading') },
      children: [
        element('div', { class: 'toolbar', children: [this.#filter.field, this.#show.field, pinning] }),
        this.#grid,
        this.#empty,
      ],
    });
    this.#listen();
  }

  update(model: PageModel, dirty: Dirty): void {
    if (!dirty.data && !dirty.selection && !dirty.view) return;
    if (dirty.data) this.#prefix = commonPrefix(model.table.names);
    this.#filter.show(model.view.filter.text);
    this.#show.show(model.view.filter.show);
    const { rows } = model;
    const total = model.table.names.length;
    setAttribute(this.#grid, 'aria-rowcount', String(rows.length + 1));
    this.#body.style.height = `${String(rows.length * ROW_HEIGHT)}px`;
    this.#fit();
    this.#head.update(model);
    show(this.#empty, rows.length === 0 && total > 0);
    const counts = [text('listed', rows.length, total)];
    if (model.chosen.size > 0) counts.push(text('chosen', model.chosen.size));
    setText(this.#counts, counts.join(' · '));
    const targets = model.targets.length > 0 && model.document !== null;
    for (const made of this.#pinButtons) made.disabled = !targets;
    this.#draw();
  }

  /** Brings a module into view; a filter that hides it is taken away. */
  reveal(index: number): void {
    const model = this.#model;
    if (!model.rows.includes(index)) model.setView({ filter: { text: '', show: 'all' } });
    this.#body.style.height = `${String(model.rows.length * ROW_HEIGHT)}px`;
    this.#scrollTo(model.rows.indexOf(index));
    this.#grid.scrollIntoView({ block: 'nearest' });
  }

  /** Rows and heads are made again when other columns fit. */
  #fit(): void {
    const model = this.#model;
    if (!this.#columns.update(model.selection?.rankBy ?? 'ediemIqr', model.view.sort.column)) return;
    this.#head.setColumns(this.#columns);
    this.#head.update(model);
    this.#rows = [];
    this.#body.replaceChildren();
  }

  #draw(): void {
    const { rows, active } = this.#model;
    const { scrollTop, clientHeight } = this.#grid;
    const range = visibleRange(
      scrollTop,
      Math.max(0, clientHeight - HEAD_HEIGHT),
      ROW_HEIGHT,
      rows.length,
      OVERSCAN,
    );
    const needed = range.end - range.first;
    while (this.#rows.length < needed) this.#addRow();
    // Row i is always drawn by the same element, so that scrolling redraws only what came into view.
    const size = this.#rows.length;
    const used = new Set<TableRow>();
    for (let place = range.first; place < range.end; place += 1) {
      const row = this.#rows[place % size];
      const index = rows[place];
      if (row === undefined || index === undefined) continue;
      used.add(row);
      row.element.style.transform = `translateY(${String(place * ROW_HEIGHT)}px)`;
      row.update(this.#model, this.#columns, place, index, this.#prefix);
      show(row.element, true);
    }
    for (const row of this.#rows) if (!used.has(row)) hide(row);
    const drawn = [...used].some(({ index }) => index === active);
    setAttribute(this.#grid, 'aria-activedescendant', drawn ? `module-${String(active)}` : null);
  }

  #addRow(): void {
    const row = new TableRow(this.#columns, (index, verdict) => {
      const name = this.#model.table.names[index];
      if (name !== undefined) this.#model.pin([name], verdict);
    });
    this.#rows.push(row);
    this.#body.append(row.element);
  }

  #listen(): void {
    this.#grid.addEventListener('scroll', () => this.#draw(), { passive: true });
    new ResizeObserver(() => {
      this.#fit();
      this.#draw();
    }).observe(this.#grid);
    this.#grid.addEventListener('keydown', (event) => this.#onKey(event));
    this.#grid.addEventListener('click', (event) => {
      const index = this.#indexAt(event.target);
      if (index === undefined) return;
      this.#model.choose(
        index,
        event.shiftKey ? 'extend' : event.ctrlKey || event.metaKey ? 'toggle' : 'only',
      );
    });
    this.#grid.addEventListener('dblclick', (event) => this.#open(this.#indexAt(event.target)));
    this.#grid.addEventListener('focus', () => {
      const [first] = this.#model.rows;
      if (this.#model.active === -1 && first !== undefined) this.#model.choose(first, 'move');
    });
  }

  #indexAt(target: EventTarget | null): number | undefined {
    return this.#rows.find(({ element: row }) => target instanceof Node && row.contains(target))?.index;
  }

  #open(index: number | undefined): void {
    const module = index === undefined ? undefined : this.#model.table.names[index];
    if (module !== undefined) this.#post({ type: 'revealModule', module });
  }

  #pin(verdict: Verdict | null): void {
    this.#model.pin(this.#model.targets, verdict);
  }

  #onKey(event: KeyboardEvent): void {
    const model = this.#model;
    if (event.target !== this.#grid) return;
    const pin = pinKey(event);
    const to = this.#destination(event.key);
    if (pin !== undefined) this.#pin(pin);
    else if (to !== undefined) this.#moveTo(to, event);
    else if (event.key === 'Enter') this.#open(model.active);
    else if (event.key === ' ' && model.active !== -1) model.choose(model.active, 'toggle');
    else if (event.key === 'Escape') model.chooseAll([]);
    else if (event.key === 'a' && (event.ctrlKey || event.metaKey)) model.chooseAll(model.rows);
    else return;
    event.preventDefault();
  }

  #destination(key: string): number | undefined {
    const { rows, active } = this.#model;
    const page = Math.max(1, Math.floor((this.#grid.clientHeight - HEAD_HEIGHT) / ROW_HEIGHT) - 1);
    const at = rows.indexOf(active);
    const last = rows.length - 1;
    const to = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: last,
    }[key];
    return to === undefined ? undefined : Math.min(last, Math.max(0, to));
  }

  #moveTo(place: number, event: KeyboardEvent): void {
    const index = this.#model.rows[place];
    if (index === undefined) return;
    this.#model.choose(index, event.shiftKey ? 'extend' : event.ctrlKey || event.metaKey ? 'move' : 'only');
    this.#scrollTo(place);
  }

  #scrollTo(place: number): void {
    const { scrollTop, clientHeight } = this.#grid;
    this.#grid.scrollTop = scrollToShow(scrollTop, clientHeight - HEAD_HEIGHT, ROW_HEIGHT, place);
  }
}

/** A spare row leaves the list, and its id with it. */
function hide(row: TableRow): void {
  row.index = -1;
  row.element.removeAttribute('id');
  show(row.element, false);
}

function showChoices(): { value: Show; label: string }[] {
  return [
    { value: 'all', label: text('showAll') },
    { value: 'prune', label: text('showPrune') },
    { value: 'keep', label: text('showKeep') },
    { value: 'pinned', label: text('showPinned') },
    { value: 'unscored', label: text('showUnscored') },
  ];
}
