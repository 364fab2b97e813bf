import type { ScoreName } from '../../src/core/ediem/types';
import { setAttribute } from '../dom';
import { fitting } from '../model/fit';
import type { ColumnId } from '../model/rows';
import { columnsFor, type Column } from './columns';

/** All widths in px at this font; the grid gets them in em. */
const FONT = 13;
const PINS_WIDTH = 54;
/** Padding of a cell, and an arrow in a head beside its label. */
const CELL_EXTRA = 13;
const HEAD_EXTRA = CELL_EXTRA + 14;
/** While other columns can leave, the name has so much; a name that has less ends in an ellipsis. */
const NAME_WIDTH = 208;
const NAME_LEAST = 44;

/** Which columns stand beside the names: all where there is room, otherwise those that tell most. None is ever cut. */
export class TableColumns {
  shown: readonly Column[] = [];
  /** What found no room. */
  left: readonly Column[] = [];
  readonly #grid: HTMLElement;
  readonly #pen = document.createElement('canvas').getContext('2d');
  #all: readonly Column[] = [];
  #made = '';
  #laidOut = '';

  constructor(grid: HTMLElement) {
    this.#grid = grid;
  }

  /** @returns whether other columns are shown than before */
  update(rankBy: ScoreName, sortedBy: ColumnId): boolean {
    const { fontSize, fontFamily } = getComputedStyle(this.#grid);
    const size = Number.parseFloat(fontSize);
    const room = (this.#grid.clientWidth * FONT) / size;
    // A page that is not shown has no width: what was last stays.
    if (!(room > 0) && this.#laidOut !== '') return false;
    const key = [rankBy, sortedBy, fontFamily].join();
    if (this.#made !== key) {
      this.#made = key;
      this.#all = columnsFor(rankBy, sortedBy).map((column) => this.#widened(column, fontFamily));
    }
    const shown = fitting(this.#all, room - PINS_WIDTH - NAME_WIDTH);
    const laidOut = [rankBy, fontFamily, ...shown.map(({ id }) => id)].join();
    if (this.#laidOut === laidOut) return false;
    this.#laidOut = laidOut;
    this.shown = shown;
    this.left = this.#all.filter((column) => !shown.includes(column));
    this.#layOut();
    return true;
  }

  /** Its place among all columns, from 1: the name is the first, the pins are the last. */
  placeOf(column: Column): number {
    return this.#all.findIndex(({ id }) => id === column.id) + 2;
  }

  get count(): number {
    return this.#all.length + 2;
  }

  #layOut(): void {
    const em = (width: number): string => `${(width / FONT).toFixed(3)}em`;
    const widths = [...this.shown.map(({ width }) => width), PINS_WIDTH];
    this.#grid.style.setProperty('--columns', `minmax(${em(NAME_LEAST)}, 1fr) ${widths.map(em).join(' ')}`);
    const least = widths.reduce((sum, width) => sum + width, NAME_LEAST);
    this.#grid.style.setProperty('--least-width', em(least));
    setAttribute(this.#grid, 'aria-colcount', String(this.count));
  }

  /** Translations and typefaces may need more than the numbers below a head. */
  #widened(column: Column, family: string): Column {
    const head = this.#measure(column.label, family) + HEAD_EXTRA;
    const cells = (column.widest ?? []).map((text) => this.#measure(text, family) + CELL_EXTRA);
    const width = cells.reduce((most, cell) => Math.max(most, cell), Math.max(column.width, head));
    return { ...column, width: Math.ceil(width) };
  }

  #measure(text: string, family: string): number {
    if (this.#pen === null) return 0;
    this.#pen.font = `600 ${String(FONT)}px ${family}`;
    return this.#pen.measureText(text).width;
  }
}
