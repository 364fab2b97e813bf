import { visibleText } from '../../src/core/report/escape';
import { element, setAttribute, setText, show } from '../dom';
import { nextCell, type GridLayout } from '../model/grid';
import { text } from '../strings';
import { onCopy } from '../table/copying';
import { scrollToShow, visibleRange, type Range } from '../table/rows';

const ROW_HEIGHT = 22;
const HEAD_HEIGHT = 18;
const MIN_CELL = 14;
const OVERSCAN = 2;
/** Px of a character of a label, about. */
const CHARACTER = 7.2;

export interface GridCell {
  /** Classes besides `cell`. */
  readonly kind: string;
  /** In words, for screen readers and the line below the map. */
  readonly label: string;
  readonly chosen: boolean;
}

export interface HeatGridParts {
  readonly label: string;
  /** Where there is room, cells are so wide. */
  readonly maxCell: number;
  readonly cell: (indices: readonly number[]) => GridCell;
  /** What Ctrl+C copies: name and value. */
  readonly copied: (indices: readonly number[]) => string;
  /** A click, Enter or Space. */
  readonly onOpen: (indices: readonly number[]) => void;
  /** Sees each key before the grid. @returns whether it used the key */
  readonly onKey?: (event: KeyboardEvent, indices: readonly number[]) => boolean;
}

/** A heat map of any size with a line below that describes a cell; only the cells in view are in the document. */
export class HeatGrid {
  readonly element: HTMLElement;
  readonly readout = element('p', { class: 'readout' }, text('mapHint'));
  readonly #parts: HeatGridParts;
  readonly #grid: HTMLElement;
  readonly #head = element('div', { class: 'map-head', 'aria-hidden': 'true' });
  readonly #rows: HTMLElement[] = [];
  readonly #cells = new Map<number, HTMLElement>();
  #layout: GridLayout | null = null;
  #cellWidth = MIN_CELL;
  #labelWidth = 0;
  /** The width of the scroller that cells were last fitted into. */
  #width = -1;
  /** Place of the cell that Tab reaches. */
  #current = -1;

  constructor(parts: HeatGridParts) {
    this.#parts = parts;
    this.#grid = element('div', { class: 'map-grid', role: 'grid', 'aria-label': parts.label });
    this.element = element('div', { class: 'map-scroller' }, this.#head, this.#grid);
    this.element.addEventListener('scroll', () => this.draw(), { passive: true });
    new ResizeObserver(() => this.#resize()).observe(this.element);
    this.#grid.addEventListener('keydown', (event) => this.#onKey(event));
    this.#grid.addEventListener('click', (event) => this.#open(placeOf(event.target)));
    onCopy(this.#grid, () => {
      const indices = this.#layout?.cells.get(this.#current);
      return indices === undefined ? undefined : parts.copied(indices);
    });
    for (const kind of ['pointerover', 'focusin'] as const) {
      this.#grid.addEventListener(kind, (event) => this.#describe(placeOf(event.target)));
    }
  }

  /** @param layout null: there is nothing to show */
  setLayout(layout: GridLayout | null): void {
    this.#layout = layout;
    for (const cell of this.#cells.values()) cell.remove();
    this.#cells.clear();
    const rows = layout?.rows ?? [];
    while (this.#rows.length > rows.length) this.#rows.pop()?.remove();
    rows.forEach(({ name, short }, row) => this.#setRow(row, name, short));
    setAttribute(this.#grid, 'aria-rowcount', rows.length);
    setAttribute(this.#grid, 'aria-colcount', (layout?.columns.length ?? 0) + 1);
    if (layout?.cells.has(this.#current) === false) this.#current = layout.cells.keys().next().value ?? -1;
    this.#fit();
  }

  #setRow(row: number, name: string, short: string): void {
    let made = this.#rows[row];
    if (made === undefined) {
      const head = element('div', { class: 'map-label', role: 'rowheader', 'aria-colindex': 1 });
      made = element('div', { class: 'map-row', role: 'row', 'aria-rowindex': row + 1 }, head);
      made.style.top = `${String(row * ROW_HEIGHT)}px`;
      this.#rows.push(made);
      this.#grid.append(made);
    }
    const label = made.firstElementChild;
    if (label === null) return;
    setText(label, visibleText(short));
    setAttribute(label, 'title', visibleText(name));
  }

  #resize(): void {
    if (this.element.clientWidth === this.#width) return;
    this.#fit();
    this.draw();
  }

  #fit(): void {
    const layout = this.#layout;
    if (layout === null) return;
    const longest = layout.rows.reduce((most, { short }) => Math.max(most, short.length), 0);
    show(this.element, true);
    const width = this.element.clientWidth;
    this.#width = width;
    // In ch, so that the user's font decides; never more than a third of the room.
    this.#labelWidth = Math.min(width / 3, longest * CHARACTER + 14);
    const room = (width - this.#labelWidth - 2) / layout.columns.length;
    this.#cellWidth = Math.min(this.#parts.maxCell, Math.max(MIN_CELL, Math.floor(room)));
    const sizes = {
      label: this.#labelWidth,
      cell: this.#cellWidth,
      width: this.#labelWidth + layout.columns.length * this.#cellWidth,
      height: layout.rows.length * ROW_HEIGHT,
    };
    for (const [name, px] of Object.entries(sizes))
      this.element.style.setProperty(`--map-${name}`, `${String(px)}px`);
  }

  /** Draws the cells in view. Call it for every change of what cells show. */
  draw(): void {
    const layout = this.#layout;
    show(this.element, layout !== null);
    if (layout === null) return;
    const { scrollLeft, scrollTop, clientWidth, clientHeight } = this.element;
    const columns = layout.columns.length;
    const width = clientWidth - this.#labelWidth;
    const height = clientHeight - HEAD_HEIGHT;
    const across = visibleRange(scrollLeft, width, this.#cellWidth, columns, OVERSCAN);
    const down = visibleRange(scrollTop, height, ROW_HEIGHT, layout.rows.length, OVERSCAN);
    const inView = (place: number): boolean =>
      within(Math.floor(place / columns), down) && within(place % columns, across);
    for (const [place, cell] of this.#cells) {
      // The current cell stays, or scrolling would lose the focus.
      if (inView(place) || place === this.#current) continue;
      cell.remove();
      this.#cells.delete(place);
    }
    for (let row = down.first; row < down.end; row += 1) {
      for (let column = across.first; column < across.end; column += 1) {
        this.#drawCell(layout, row * columns + column);
      }
    }
    if (this.#current !== -1) this.#drawCell(layout, this.#current);
    this.#drawHead(layout, across);
  }

  #drawCell(layout: GridLayout, place: number): void {
    const indices = layout.cells.get(place);
    if (indices === undefined) return;
    const { kind, label, chosen } = this.#parts.cell(indices);
    const cell = this.#cells.get(place) ?? this.#makeCell(layout, place);
    setAttribute(cell, 'class', `cell ${kind}${chosen ? ' chosen' : ''}`);
    setAttribute(cell, 'tabindex', place === this.#current ? 0 : -1);
    setAttribute(cell, 'aria-selected', String(chosen));
    setAttribute(cell, 'aria-label', label);
  }

  #makeCell(layout: GridLayout, place: number): HTMLElement {
    const column = place % layout.columns.length;
    const made = element('div', { role: 'gridcell', 'aria-colindex': column + 2, 'data-place': place });
    made.style.setProperty('--column', String(column));
    this.#cells.set(place, made);
    this.#rows[Math.floor(place / layout.columns.length)]?.append(made);
    return made;
  }

  #drawHead(layout: GridLayout, across: Range): void {
    const longest = layout.columns.reduce((most, { length }) => Math.max(most, length), 0);
    const each = Math.ceil((longest * CHARACTER + 4) / this.#cellWidth);
    const labels: HTMLElement[] = [];
    for (let column = across.first - (across.first % each); column < across.end; column += each) {
      const label = element('span', {}, visibleText(layout.columns[column] ?? ''));
      label.style.setProperty('--column', String(column));
      labels.push(label);
    }
    this.#head.replaceChildren(...labels);
  }

  #describe(place: number): void {
    const indices = this.#layout?.cells.get(place);
    if (indices !== undefined) setText(this.readout, this.#parts.cell(indices).label);
  }

  #open(place: number): void {
    const indices = this.#layout?.cells.get(place);
    if (indices === undefined) return;
    this.#moveTo(place);
    this.#parts.onOpen(indices);
  }

  #onKey(event: KeyboardEvent): void {
    const layout = this.#layout;
    if (layout === null || event.altKey) return;
    const indices = layout.cells.get(this.#current) ?? [];
    if (this.#parts.onKey?.(event, indices) !== true) {
      const to = nextCell(layout, this.#current, event.key, event.ctrlKey || event.metaKey);
      if (event.key === 'Enter' || event.key === ' ') this.#open(this.#current);
      else if (to === undefined) return;
      else this.#moveTo(to);
    }
    event.preventDefault();
  }

  #moveTo(place: number): void {
    const layout = this.#layout;
    if (layout === null) return;
    const before = this.#current;
    this.#current = place;
    const columns = layout.columns.length;
    const { scrollLeft, scrollTop, clientWidth, clientHeight } = this.element;
    const [width, height] = [clientWidth - this.#labelWidth, clientHeight - HEAD_HEIGHT];
    this.element.scrollLeft = scrollToShow(scrollLeft, width, this.#cellWidth, place % columns);
    this.element.scrollTop = scrollToShow(scrollTop, height, ROW_HEIGHT, Math.floor(place / columns));
    this.draw();
    setAttribute(this.#cells.get(before) ?? this.#grid, 'tabindex', -1);
    const cell = this.#cells.get(place);
    cell?.setAttribute('tabindex', '0');
    cell?.focus({ preventScroll: true });
  }
}

function within(at: number, range: Range): boolean {
  return at >= range.first && at < range.end;
}

function placeOf(target: EventTarget | null): number {
  const cell = target instanceof Element ? target.closest('[data-place]') : null;
  return Number(cell?.getAttribute('data-place') ?? -1);
}
