import { setAttribute } from '../dom';
import { fitting, labelText, type Column } from './column';

/** All widths in px at this font size; the table gets them in em. */
const FONT = 13;
/** Cell padding, and the sort arrow beside a label. */
const CELL_EXTRA = 13;
const HEAD_EXTRA = CELL_EXTRA + 14;

/** Decides which columns a table shows, and lays them out. No number is ever cut off. */
export class ColumnLayout<M> {
  shown: readonly Column<M>[] = [];
  /** What found no room. */
  hidden: readonly Column<M>[] = [];
  readonly #grid: HTMLElement;
  readonly #pen = document.createElement('canvas').getContext('2d');
  #all: readonly Column<M>[] = [];
  #measured = '';
  #laidOut = '';

  constructor(grid: HTMLElement) {
    this.#grid = grid;
  }

  /** @returns whether the shown columns changed */
  update(columns: readonly Column<M>[]): boolean {
    const { fontSize, fontFamily } = getComputedStyle(this.#grid);
    const room = (this.#grid.clientWidth * FONT) / Number.parseFloat(fontSize);
    // A hidden page has no width: keep the last layout.
    if (!(room > 0) && this.#laidOut !== '') return false;
    const key = [fontFamily, ...columns.map(({ id, leaves = 0 }) => `${id} ${String(leaves)}`)].join();
    if (this.#measured !== key) {
      this.#measured = key;
      this.#all = columns.map((column) => this.#widened(column, fontFamily));
    }
    const [first, ...others] = this.#all;
    if (first === undefined) return false;
    this.shown = [first, ...fitting(others, room - first.width)];
    this.hidden = this.#all.filter((column) => !this.shown.includes(column));
    const laidOut = [fontFamily, ...this.shown.map(({ id }) => id)].join();
    if (this.#laidOut === laidOut) return false;
    this.#laidOut = laidOut;
    this.#layOut(first);
    return true;
  }

  /** For `aria-colindex`: hidden columns count. */
  placeOf({ id }: Column<M>): number {
    return this.#all.findIndex((column) => column.id === id) + 1;
  }

  #layOut({ width, least = width }: Column<M>): void {
    const em = (px: number): string => `${(px / FONT).toFixed(3)}em`;
    const widths = this.shown.slice(1).map((column) => column.width);
    this.#grid.style.setProperty('--columns', `minmax(${em(least)}, 1fr) ${widths.map(em).join(' ')}`);
    const sum = widths.reduce((total, each) => total + each, least);
    this.#grid.style.setProperty('--least-width', em(sum));
    setAttribute(this.#grid, 'aria-colcount', this.#all.length);
  }

  /** Translations and typefaces may need more than the given width. */
  #widened(column: Column<M>, family: string): Column<M> {
    const head = column.value === undefined ? 0 : this.#measure(labelText(column.label), family) + HEAD_EXTRA;
    const cells = (column.widest?.() ?? []).map((text) => this.#measure(text, family) + CELL_EXTRA);
    const width = cells.reduce((most, cell) => Math.max(most, cell), Math.max(column.width, head));
    return { ...column, width: Math.ceil(width) };
  }

  #measure(text: string, family: string): number {
    if (this.#pen === null) return 0;
    this.#pen.font = `600 ${String(FONT)}px ${family}`;
    return this.#pen.measureText(text).width;
  }
}
