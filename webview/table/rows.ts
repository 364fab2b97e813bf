import { isRecord } from '../../src/core/record';
import type { Column } from './column';

export interface Sort {
  readonly column: string;
  readonly descending: boolean;
}

/** How the keyboard or the mouse reaches a row; the words of VS Code's lists. */
export type SelectMode = 'only' | 'toggle' | 'extend' | 'move';

/** What a page kept, perhaps in an earlier version; undefined if it does not sort by one of `columns`. */
export function parseSort<M>(kept: unknown, columns: readonly Column<M>[]): Sort | undefined {
  if (!isRecord(kept)) return undefined;
  const column = columns.find(({ id }) => id === kept['column'])?.id;
  return column === undefined ? undefined : { column, descending: kept['descending'] === true };
}

/** Sorts rows by a column. Rows without a value come last in either direction; ties keep their order. */
export function sortRows<M>(
  rows: readonly number[],
  model: M,
  column: Column<M> | undefined,
  descending: boolean,
): number[] {
  const { value } = column ?? {};
  if (value === undefined) return [...rows];
  const keys = rows.map((index) => value(model, index));
  const sign = descending ? -1 : 1;
  const places = rows.map((_row, place) => place);
  places.sort((x, y) => compareKeys(keys[x] ?? null, keys[y] ?? null, sign) || x - y);
  return places.map((place) => rows[place] ?? 0);
}

type Key = number | string | null;

function compareKeys(x: Key, y: Key, sign: number): number {
  if (x === y) return 0;
  if (x === null || y === null) return x === null ? 1 : -1;
  return x < y ? -sign : sign;
}

/** The words of a search; all must occur in a row, in any case. */
export function searchWords(search: string): readonly string[] {
  return search.toLowerCase().split(/\s+/).filter(Boolean);
}

/** Part of a long list: `[first, end)`. */
export interface Range {
  readonly first: number;
  readonly end: number;
}

/** The items of `size` px in a viewport, plus `overscan` on either side so that fast scrolling shows no gaps. */
export function visibleRange(
  scroll: number,
  viewport: number,
  size: number,
  count: number,
  overscan: number,
): Range {
  const first = Math.floor(Math.max(0, scroll) / size) - overscan;
  const end = Math.ceil((Math.max(0, scroll) + viewport) / size) + overscan;
  return { first: Math.min(Math.max(0, first), count), end: Math.min(Math.max(0, end), count) };
}

/** The nearest scroll position at which an item is fully in view. */
export function scrollToShow(scroll: number, viewport: number, size: number, index: number): number {
  const top = index * size;
  if (top < scroll) return top;
  if (top + size > scroll + viewport) return Math.max(0, top - Math.max(0, viewport - size));
  return scroll;
}

/** Browsers place nothing beyond about 33 million px; longer lists are searched, not scrolled to their end. */
export const MAX_SCROLL_PIXELS = 30_000_000;

export function reachableRows(count: number, rowHeight: number): number {
  return Math.min(count, Math.floor(MAX_SCROLL_PIXELS / rowHeight));
}

/** The row that a key moves to; undefined for other keys and in an empty list. */
export function rowAfterKey(key: string, row: number, count: number, page: number): number | undefined {
  const to = {
    ArrowDown: row + 1,
    ArrowUp: row - 1,
    PageDown: row + page,
    PageUp: row - page,
    Home: 0,
    End: count - 1,
  }[key];
  return to === undefined || count === 0 ? undefined : Math.min(count - 1, Math.max(0, to));
}
