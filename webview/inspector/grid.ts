import { visibleText } from '../../src/core/report/escape';
import { formatBytes } from '../../src/core/report/scores';
import { element, show } from '../dom';
import { text, type InspectorStringKey } from './strings';
import type { Sort, SortKey, TensorTable } from './tensorTable';
import { reachableRows, rowAfterKey, rowWindow, scrollToShow } from './virtualRows';

/** As in `inspector.css`: rows of VS Code's own lists. */
const ROW_HEIGHT = 22;
/** Longer names are cut at the end of the cell; this keeps one hostile name from slowing the page. */
const MAX_NAME = 500;

const COLUMNS: readonly { readonly key: Exclude<SortKey, 'file'>; readonly label: InspectorStringKey }[] = [
  { key: 'name', label: 'columnName' },
  { key: 'dtype', label: 'columnType' },
  { key: 'shape', label: 'columnShape' },
  { key: 'bytes', label: 'columnSize' },
];

/** The list of tensors: only the rows in view are in the page, whatever the file holds. */
export class TensorGrid {
  readonly root: HTMLElement;
  /** What stands in place of rows when the search finds none. */
  readonly message: HTMLElement;
  readonly #body: HTMLElement;
  readonly #empty: HTMLElement;
  readonly #heads = new Map<SortKey, HTMLElement>();
  readonly #drawn = new Map<number, HTMLElement>();
  #rows: Uint32Array = new Uint32Array();
  #active = 0;
  #pending = false;

  constructor(
    private readonly table: TensorTable,
    private readonly onSort: (key: SortKey) => void,
    onScroll: (scrollTop: number) => void,
  ) {
    this.#body = element('div', { class: 'body', attributes: { role: 'rowgroup' } });
    this.#empty = element('p', { class: 'empty quiet', text: text('noMatch') });
    const head = element('div', {
      class: 'head',
      attributes: { role: 'rowgroup' },
      children: [this.#headRow()],
    });
    this.root = element('div', {
      class: 'grid',
      attributes: { role: 'grid', tabindex: '0', 'aria-label': text('tensors') },
      children: [head, this.#body],
    });
    this.message = this.#empty;
    show(this.#empty, false);
    this.root.addEventListener('scroll', () => {
      onScroll(this.root.scrollTop);
      this.#draw();
    });
    this.root.addEventListener('keydown', (event) => this.#key(event));
    this.root.addEventListener('focus', () => this.#markActive());
    this.root.addEventListener('blur', () => this.#markActive());
    new ResizeObserver(() => this.#draw()).observe(this.root);
  }

  /** Shows rows of the table, in this order. */
  show(rows: Uint32Array, sort: Sort): void {
    const before = this.#rows[this.#active];
    this.#rows = rows;
    this.#active = Math.max(0, before === undefined ? 0 : rows.indexOf(before));
    for (const [key, head] of this.#heads) {
      const direction = sort.descending ? 'descending' : 'ascending';
      head.setAttribute('aria-sort', sort.key === key ? direction : 'none');
    }
    this.root.setAttribute('aria-rowcount', String(rows.length + 1));
    this.root.setAttribute('aria-colcount', String(COLUMNS.length));
    this.#body.style.height = `${String(reachableRows(rows.length, ROW_HEIGHT) * ROW_HEIGHT)}px`;
    show(this.#empty, rows.length === 0 && this.table.size > 0);
    for (const row of this.#drawn.values()) row.remove();
    this.#drawn.clear();
    this.#draw();
  }

  scrollTo(scrollTop: number): void {
    this.root.scrollTop = scrollTop;
  }

  #headRow(): HTMLElement {
    const cells = COLUMNS.map(({ key, label }) => {
      const sorter = element('button', { text: text(label), attributes: { type: 'button' } });
      sorter.addEventListener('click', () => this.onSort(key));
      const cell = element('div', {
        class: `cell ${key}`,
        attributes: { role: 'columnheader' },
        children: [sorter],
      });
      this.#heads.set(key, cell);
      return cell;
    });
    return element('div', {
      class: 'row',
      attributes: { role: 'row', 'aria-rowindex': '1' },
      children: cells,
    });
  }

  #draw(): void {
    if (this.#pending) return;
    this.#pending = true;
    requestAnimationFrame(() => {
      this.#pending = false;
      this.#drawNow();
    });
  }

  #drawNow(): void {
    const count = reachableRows(this.#rows.length, ROW_HEIGHT);
    const { first, end } = rowWindow(this.root.scrollTop, this.root.clientHeight, ROW_HEIGHT, count);
    for (const [at, row] of this.#drawn) {
      if (at >= first && at < end) continue;
      row.remove();
      this.#drawn.delete(at);
    }
    for (let at = first; at < end; at += 1) if (!this.#drawn.has(at)) this.#drawRow(at);
    this.#markActive();
  }

  #drawRow(at: number): void {
    const tensor = this.table.row(this.#rows[at] ?? -1);
    if (tensor === undefined) return;
    const name = visibleText(tensor.name, MAX_NAME);
    const cell = (key: SortKey, shown: string, title: string): HTMLElement =>
      element('div', { class: `cell ${key}`, text: shown, attributes: { role: 'gridcell', title } });
    const row = element('div', {
      class: 'row',
      attributes: { role: 'row', id: `row-${String(at)}`, 'aria-rowindex': String(at + 2) },
      children: [
        cell('name', name, name),
        cell('dtype', tensor.dtype, ''),
        cell('shape', tensor.shape, tensor.shape),
        cell('bytes', formatBytes(tensor.bytes), text('bytes', tensor.bytes.toLocaleString())),
      ],
    });
    row.style.transform = `translateY(${String(at * ROW_HEIGHT)}px)`;
    row.addEventListener('mousedown', () => {
      this.#active = at;
      this.#markActive();
    });
    this.#drawn.set(at, row);
    // Document order is reading order for screen readers.
    const next = [...this.#drawn.keys()].filter((other) => other > at).sort((x, y) => x - y)[0];
    this.#body.insertBefore(row, next === undefined ? null : (this.#drawn.get(next) ?? null));
  }

  #markActive(): void {
    const focused = document.activeElement === this.root;
    for (const [at, row] of this.#drawn) row.setAttribute('aria-selected', String(at === this.#active));
    const active = this.#drawn.get(this.#active);
    if (focused && active !== undefined) this.root.setAttribute('aria-activedescendant', active.id);
    else this.root.removeAttribute('aria-activedescendant');
  }

  #key(event: KeyboardEvent): void {
    if (event.target !== this.root || event.altKey) return;
    if ((event.ctrlKey || event.metaKey) && event.key === 'c') {
      if (document.getSelection()?.isCollapsed ?? true) this.#copyName();
      return;
    }
    if (event.ctrlKey || event.metaKey) return;
    const rowsPerPage = Math.max(1, Math.floor(this.root.clientHeight / ROW_HEIGHT) - 2);
    const count = reachableRows(this.#rows.length, ROW_HEIGHT);
    const row = rowAfterKey(event.key, this.#active, count, rowsPerPage);
    if (row === undefined) return;
    event.preventDefault();
    this.#active = row;
    const { scrollTop, clientHeight } = this.root;
    this.root.scrollTop = scrollToShow(row, ROW_HEIGHT, scrollTop, clientHeight, ROW_HEIGHT);
    this.#drawNow();
  }

  #copyName(): void {
    const tensor = this.table.row(this.#rows[this.#active] ?? -1);
    // Without permission to write the clipboard nothing is copied: the same as in any list that cannot copy.
    if (tensor !== undefined) void navigator.clipboard.writeText(tensor.name).catch(() => undefined);
  }
}
