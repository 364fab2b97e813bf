import { visibleText } from '../../src/core/report/escape';
import { layOut, type HeatMapLayout } from '../../src/core/report/heatLayout';
import { element, setAttribute, setText, show } from '../dom';
import { cellState, describeCell, nextCell, type CellState } from '../model/heatmap';
import type { Dirty, PageModel } from '../model/page';
import { colourScale, type ColourScale } from '../model/scale';
import { text } from '../strings';
import { scrollToShow, visibleRange, type Range } from '../table/rows';
import { legend } from './legend';
import { pinKey } from './keys';
import type { View } from './view';

const ROW_HEIGHT = 22;
const HEAD_HEIGHT = 18;
const MIN_CELL = 14;
const MAX_CELL = 34;
const OVERSCAN = 2;
/** Room for a block number in the head. */
const HEAD_ROOM = 26;

/** Scores as a grid of module types x blocks; only the cells in view are in the document. */
export class HeatMapView implements View {
  readonly element: HTMLElement;
  readonly #model: PageModel;
  readonly #onShow: (module: number) => void;
  readonly #scroller: HTMLElement;
  readonly #grid = element('div', { class: 'map-grid', role: 'grid', 'aria-label': text('mapLabel') });
  readonly #head = element('div', { class: 'map-head', 'aria-hidden': 'true' });
  readonly #readout = element('p', { class: 'readout' }, text('mapHint'));
  readonly #legend = legend();
  readonly #rows: HTMLElement[] = [];
  readonly #cells = new Map<number, HTMLElement>();
  #layout: HeatMapLayout | null = null;
  #laidOut: readonly string[] | null = null;
  #laidOutLength = -1;
  #scale: ColourScale | null = null;
  #cellWidth = MIN_CELL;
  #labelWidth = 0;
  /** The width of the scroller that cells were last fitted into. */
  #width = -1;
  /** Place of the cell that Tab reaches. */
  #current = -1;

  /** @param onShow brings a module into view in the table */
  constructor(model: PageModel, onShow: (module: number) => void) {
    this.#model = model;
    this.#onShow = onShow;
    this.#scroller = element('div', { class: 'map-scroller' }, this.#head, this.#grid);
    this.element = element(
      'section',
      { class: 'map', 'aria-label': text('mapHeading') },
      element('h2', {}, text('mapHeading')),
      this.#legend.element,
      this.#scroller,
      this.#readout,
    );
    this.#scroller.addEventListener('scroll', () => this.#draw(), { passive: true });
    new ResizeObserver(() => this.#resize()).observe(this.#scroller);
    this.#grid.addEventListener('keydown', (event) => this.#onKey(event));
    this.#grid.addEventListener('click', (event) => this.#open(placeOf(event.target)));
    for (const kind of ['pointerover', 'focusin'] as const) {
      this.#grid.addEventListener(kind, (event) => this.#describe(placeOf(event.target)));
    }
  }

  update(model: PageModel, dirty: Dirty): void {
    if (!dirty.data && !dirty.selection && !dirty.view) return;
    const { names, replaced } = model.table;
    if (dirty.data || dirty.selection) {
      const values = model.ranked(model.shownScore).filter((value) => value !== null);
      this.#scale = colourScale(values, model.shownOrder);
      this.#legend.update(this.#scale, model.shownScore);
    }
    if (this.#laidOut !== names || this.#laidOutLength !== names.length) {
      this.#laidOut = names;
      this.#laidOutLength = names.length;
      this.#setLayout(layOut(names, replaced));
    }
    this.#draw();
  }

  #setLayout(layout: HeatMapLayout | null): void {
    this.#layout = layout;
    for (const cell of this.#cells.values()) cell.remove();
    this.#cells.clear();
    const types = layout?.types ?? [];
    while (this.#rows.length > types.length) this.#rows.pop()?.remove();
    types.forEach(({ name, short }, row) => this.#setRow(row, name, short));
    setAttribute(this.#grid, 'aria-rowcount', types.length);
    setAttribute(this.#grid, 'aria-colcount', (layout?.blocks.length ?? 0) + 1);
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
    if (this.#scroller.clientWidth === this.#width) return;
    this.#fit();
    this.#draw();
  }

  #fit(): void {
    const layout = this.#layout;
    if (layout === null) return;
    const longest = layout.types.reduce((most, { short }) => Math.max(most, short.length), 0);
    show(this.#scroller, true);
    const width = this.#scroller.clientWidth;
    this.#width = width;
    // In ch, so that the user's font decides; never more than a third of the room.
    this.#labelWidth = Math.min(width / 3, longest * 7.2 + 14);
    const room = (width - this.#labelWidth - 2) / layout.blocks.length;
    this.#cellWidth = Math.min(MAX_CELL, Math.max(MIN_CELL, Math.floor(room)));
    const sizes = {
      label: this.#labelWidth,
      cell: this.#cellWidth,
      width: this.#labelWidth + layout.blocks.length * this.#cellWidth,
      height: layout.types.length * ROW_HEIGHT,
    };
    for (const [name, px] of Object.entries(sizes))
      this.#scroller.style.setProperty(`--map-${name}`, `${String(px)}px`);
  }

  #draw(): void {
    const layout = this.#layout;
    show(this.#scroller, layout !== null);
    if (layout === null) return;
    const { scrollLeft, scrollTop, clientWidth, clientHeight } = this.#scroller;
    const blocks = layout.blocks.length;
    const width = clientWidth - this.#labelWidth;
    const height = clientHeight - HEAD_HEIGHT;
    const across = visibleRange(scrollLeft, width, this.#cellWidth, blocks, OVERSCAN);
    const down = visibleRange(scrollTop, height, ROW_HEIGHT, layout.types.length, OVERSCAN);
    const inView = (place: number): boolean =>
      within(Math.floor(place / blocks), down) && within(place % blocks, across);
    for (const [place, cell] of this.#cells) {
      // The current cell stays, or scrolling would lose the focus.
      if (inView(place) || place === this.#current) continue;
      cell.remove();
      this.#cells.delete(place);
    }
    for (let row = down.first; row < down.end; row += 1) {
      for (let column = across.first; column < across.end; column += 1) {
        this.#drawCell(layout, row * blocks + column);
      }
    }
    if (this.#current !== -1) this.#drawCell(layout, this.#current);
    this.#drawHead(layout, across);
  }

  #drawCell(layout: HeatMapLayout, place: number): void {
    const modules = layout.cells.get(place);
    if (modules === undefined) return;
    const state = cellState(this.#model, modules);
    const cell = this.#cells.get(place) ?? this.#makeCell(layout, place);
    setAttribute(cell, 'class', cellClass(state, this.#scale));
    setAttribute(cell, 'tabindex', place === this.#current ? 0 : -1);
    setAttribute(cell, 'aria-selected', String(state.chosen));
    setAttribute(cell, 'aria-label', describeCell(this.#model, state, modules.length));
  }

  #makeCell(layout: HeatMapLayout, place: number): HTMLElement {
    const column = place % layout.blocks.length;
    const made = element('div', { role: 'gridcell', 'aria-colindex': column + 2, 'data-place': place });
    made.style.setProperty('--column', String(column));
    this.#cells.set(place, made);
    this.#rows[Math.floor(place / layout.blocks.length)]?.append(made);
    return made;
  }

  #drawHead(layout: HeatMapLayout, across: Range): void {
    const each = Math.ceil(HEAD_ROOM / this.#cellWidth);
    const labels: HTMLElement[] = [];
    for (let column = across.first - (across.first % each); column < across.end; column += each) {
      const label = element('span', {}, String(layout.blocks[column]?.number ?? '–'));
      label.style.setProperty('--column', String(column));
      labels.push(label);
    }
    this.#head.replaceChildren(...labels);
  }

  #describe(place: number): void {
    const modules = this.#layout?.cells.get(place);
    if (modules === undefined) return;
    setText(this.#readout, describeCell(this.#model, cellState(this.#model, modules), modules.length));
  }

  /** Selects the cell's modules and shows the first in the table. */
  #open(place: number): void {
    const modules = this.#layout?.cells.get(place);
    if (modules === undefined) return;
    this.#moveTo(place);
    const { index } = cellState(this.#model, modules);
    this.#model.chooseAll([index, ...modules.filter((other) => other !== index)]);
    this.#onShow(index);
  }

  #onKey(event: KeyboardEvent): void {
    const layout = this.#layout;
    if (layout === null || event.altKey) return;
    const modules = layout.cells.get(this.#current) ?? [];
    const pin = pinKey(event);
    if (pin !== undefined) {
      const names = modules.flatMap((index) => this.#model.table.names[index] ?? []);
      this.#model.pin(names, pin);
    } else if (event.key === 'Enter' || event.key === ' ') this.#open(this.#current);
    else {
      const to = nextCell(layout, this.#current, event.key, event.ctrlKey || event.metaKey);
      if (to === undefined) return;
      this.#moveTo(to);
    }
    event.preventDefault();
  }

  #moveTo(place: number): void {
    const layout = this.#layout;
    if (layout === null) return;
    const before = this.#current;
    this.#current = place;
    const blocks = layout.blocks.length;
    const { scrollLeft, scrollTop, clientWidth, clientHeight } = this.#scroller;
    const [width, height] = [clientWidth - this.#labelWidth, clientHeight - HEAD_HEIGHT];
    this.#scroller.scrollLeft = scrollToShow(scrollLeft, width, this.#cellWidth, place % blocks);
    this.#scroller.scrollTop = scrollToShow(scrollTop, height, ROW_HEIGHT, Math.floor(place / blocks));
    this.#draw();
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

function cellClass(state: CellState, scale: ColourScale | null): string {
  const { value } = state;
  const step = value === null || scale === null ? 'unscored' : `step-${String(scale.step(value))}`;
  return [
    'cell',
    step,
    state.standsOut && 'stands-out',
    state.pruned && 'pruned',
    state.pinned && 'pinned',
    state.chosen && 'chosen',
  ]
    .filter(Boolean)
    .join(' ');
}
