import { element, setAttribute, setText } from '../dom';
import { labelText, type Column } from './column';
import { ColumnLayout } from './layout';
import { TableHead } from './head';
import type { Explain } from './headTip';
import { reachableRows, rowAfterKey, scrollToShow, visibleRange, type SelectMode, type Sort } from './rows';

/** As in `table.css`. */
export const ROW_HEIGHT = 22;
export const HEAD_HEIGHT = 24;
const OVERSCAN = 8;

/** Fills a cell that holds more than a text; the result updates it. */
export type BuildCell<M> = (cell: HTMLElement) => (model: M, index: number) => void;

export interface TableParts<M> {
  readonly model: M;
  /** Of the rows' ids, for a second table of a page; default: `row`. */
  readonly id?: string;
  readonly label: string;
  /** By id of the column; other cells hold the text of their column. */
  readonly cells?: Readonly<Record<string, BuildCell<M>>>;
  readonly multiselectable: boolean;
  /** The row under the keyboard, or -1. */
  readonly active: () => number;
  readonly isSelected: (index: number) => boolean;
  readonly rowClass?: (index: number) => string;
  readonly isRanked?: (id: string) => boolean;
  readonly onSort: (column: Column<M>) => void;
  /** Opens the page of terms; absent where there is none. */
  readonly onExplain?: Explain;
  readonly onChoose: (index: number, how: SelectMode) => void;
  /** Enter or a double click. */
  readonly onOpen?: (index: number) => void;
  /** Sees each key before the table, and prevents the default of those it uses. */
  readonly onKey?: (event: KeyboardEvent) => void;
  readonly onScroll?: (scrollTop: number) => void;
}

/** A sortable grid of any number of rows; only those in view are in the document, in reading order. */
export class Table<M> {
  readonly element: HTMLElement;
  readonly #parts: TableParts<M>;
  readonly #head: TableHead<M>;
  readonly #body = element('div', { class: 'table-body', role: 'rowgroup' });
  readonly #layout: ColumnLayout<M>;
  /** By place in the list. */
  readonly #drawn = new Map<number, Row<M>>();
  #columns: readonly Column<M>[] = [];
  #rows: readonly number[] = [];
  #sort: Sort = { column: '', descending: false };

  constructor(parts: TableParts<M>) {
    this.#parts = parts;
    this.#head = new TableHead((column) => parts.onSort(column), parts.onExplain);
    this.element = element(
      'div',
      { class: 'table', role: 'grid', tabindex: 0, 'aria-label': parts.label },
      element('div', { class: 'table-head-group', role: 'rowgroup' }, this.#head.element),
      this.#body,
    );
    if (parts.multiselectable) this.element.setAttribute('aria-multiselectable', 'true');
    this.#layout = new ColumnLayout(this.element);
    this.#listen();
  }

  /** Shows these rows in this order. Call it for every change of what cells show. */
  show(columns: readonly Column<M>[], rows: readonly number[], sort: Sort): void {
    this.#columns = columns;
    this.#rows = rows;
    this.#sort = sort;
    setAttribute(this.element, 'aria-rowcount', rows.length + 1);
    this.#body.style.height = `${String(this.#count * ROW_HEIGHT)}px`;
    this.#fit();
    this.#updateHead();
    this.#draw();
  }

  reveal(index: number): void {
    const { scrollTop, clientHeight } = this.element;
    const place = this.#rows.indexOf(index);
    if (place === -1) return;
    this.element.scrollTop = scrollToShow(scrollTop, clientHeight - HEAD_HEIGHT, ROW_HEIGHT, place);
    this.#draw();
  }

  get #count(): number {
    return reachableRows(this.#rows.length, ROW_HEIGHT);
  }

  /** Heads and rows are built again when other columns fit. */
  #fit(): void {
    if (!this.#layout.update(this.#columns)) return;
    this.#head.setColumns(this.#layout);
    this.#updateHead();
    this.#drawn.clear();
    this.#body.replaceChildren();
  }

  #updateHead(): void {
    this.#head.update(this.#sort, this.#parts.isRanked ?? (() => false));
  }

  #draw(): void {
    const { scrollTop, clientHeight } = this.element;
    const height = Math.max(0, clientHeight - HEAD_HEIGHT);
    const { first, end } = visibleRange(scrollTop, height, ROW_HEIGHT, this.#count, OVERSCAN);
    const spare: Row<M>[] = [];
    for (const [place, row] of this.#drawn) {
      if (place >= first && place < end) continue;
      row.element.remove();
      this.#drawn.delete(place);
      spare.push(row);
    }
    const active = this.#parts.active();
    // Rows that stay are not moved in the document: a button in them may have the focus.
    let next = this.#body.firstElementChild;
    for (let place = first; place < end; place += 1) {
      let row = this.#drawn.get(place);
      if (row === undefined) {
        row = spare.pop() ?? new Row(this.#layout, this.#parts.cells ?? {});
        this.#drawn.set(place, row);
        this.#body.insertBefore(row.element, next);
      } else next = row.element.nextElementSibling;
      row.element.style.transform = `translateY(${String(place * ROW_HEIGHT)}px)`;
      row.update(this.#parts, place, this.#rows[place] ?? -1);
    }
    const shown = [...this.#drawn.values()].find(({ index }) => index === active);
    setAttribute(this.element, 'aria-activedescendant', shown?.element.id ?? null);
  }

  #listen(): void {
    const { onScroll, onChoose, onOpen, active } = this.#parts;
    const grid = this.element;
    const listenScroll = (): void => {
      onScroll?.(grid.scrollTop);
      this.#draw();
    };
    grid.addEventListener('scroll', listenScroll, { passive: true });
    new ResizeObserver(() => {
      this.#fit();
      this.#draw();
    }).observe(grid);
    grid.addEventListener('keydown', (event) => this.#onKey(event));
    grid.addEventListener('click', (event) => {
      const index = this.indexAt(event.target);
      const how = event.shiftKey ? 'extend' : event.ctrlKey || event.metaKey ? 'toggle' : 'only';
      if (index !== undefined) onChoose(index, how);
    });
    grid.addEventListener('dblclick', (event) => {
      const index = this.indexAt(event.target);
      if (index !== undefined) onOpen?.(index);
    });
    grid.addEventListener('focus', () => {
      const [first] = this.#rows;
      if (active() === -1 && first !== undefined) onChoose(first, 'move');
    });
  }

  /** The row at a place of the page. */
  indexAt(target: EventTarget | null): number | undefined {
    const isHit = ({ element: row }: Row<M>): boolean => target instanceof Node && row.contains(target);
    return [...this.#drawn.values()].find(isHit)?.index;
  }

  #onKey(event: KeyboardEvent): void {
    if (event.target !== this.element || event.altKey) return;
    this.#parts.onKey?.(event);
    if (event.defaultPrevented) return;
    const active = this.#parts.active();
    const page = Math.max(1, Math.floor((this.element.clientHeight - HEAD_HEIGHT) / ROW_HEIGHT) - 1);
    const to = rowAfterKey(event.key, this.#rows.indexOf(active), this.#count, page);
    const index = to === undefined ? undefined : this.#rows[to];
    if (index !== undefined) {
      const how = event.shiftKey ? 'extend' : event.ctrlKey || event.metaKey ? 'move' : 'only';
      this.#parts.onChoose(index, how);
      this.reveal(index);
    } else if (event.key === 'Enter' && active !== -1 && this.#parts.onOpen) this.#parts.onOpen(active);
    else return;
    event.preventDefault();
  }
}

/** One row, used for one index after another while the table scrolls. */
class Row<M> {
  readonly element = element('div', { role: 'row' });
  index = -1;
  readonly #update: readonly ((model: M, index: number) => void)[];

  constructor(layout: ColumnLayout<M>, cells: Readonly<Record<string, BuildCell<M>>>) {
    this.#update = layout.shown.map((column, place) => {
      const { id, align, cell: textOf, tip } = column;
      const name = column.class ?? `column-${id}`;
      const cell = element('div', {
        class: `table-cell ${align === 'end' ? 'number ' : ''}${name}`,
        role: 'gridcell',
        'aria-colindex': layout.placeOf(column),
      });
      this.element.append(cell);
      const fill = cells[id]?.(cell);
      return (model, index) => {
        if (fill === undefined) setText(cell, textOf(model, index));
        else fill(model, index);
        const title = tip?.(model, index);
        if (title === undefined) return;
        // The first cell says what the hidden columns would.
        const more =
          place > 0
            ? []
            : layout.hidden.map(({ label, cell }) => `${labelText(label)} ${cell(model, index)}`);
        setAttribute(cell, 'title', [title, ...(more.length > 0 ? [more.join(' · ')] : [])].join('\n'));
      };
    });
  }

  update(
    { id = 'row', model, active, isSelected, rowClass }: TableParts<M>,
    place: number,
    index: number,
  ): void {
    this.index = index;
    for (const update of this.#update) update(model, index);
    const classes = ['table-row', rowClass?.(index), active() === index && 'active'];
    setAttribute(this.element, 'class', classes.filter(Boolean).join(' '));
    setAttribute(this.element, 'id', `${id}-${String(index)}`);
    setAttribute(this.element, 'aria-rowindex', place + 2);
    setAttribute(this.element, 'aria-selected', String(isSelected(index)));
  }
}
