/** Browsers place nothing beyond some 33 million pixels; longer lists are searched, not scrolled to their end. */
export const MAX_SCROLL_PIXELS = 30_000_000;

/** Rows drawn beyond both edges, so that a short scroll shows no gap before it is drawn. */
const MARGIN_ROWS = 8;

export interface RowWindow {
  /** First drawn row. */
  readonly first: number;
  /** One after the last drawn row. */
  readonly end: number;
}

/** Which of `count` rows of `rowHeight` pixels are to be drawn. */
export function rowWindow(
  scrollTop: number,
  viewHeight: number,
  rowHeight: number,
  count: number,
): RowWindow {
  const first = Math.floor(Math.max(0, scrollTop) / rowHeight) - MARGIN_ROWS;
  const visible = Math.ceil(viewHeight / rowHeight) + 2 * MARGIN_ROWS + 1;
  const start = Math.min(Math.max(0, first), count);
  return { first: start, end: Math.min(count, start + visible) };
}

/** How many rows can be scrolled to. */
export function reachableRows(count: number, rowHeight: number): number {
  return Math.min(count, Math.floor(MAX_SCROLL_PIXELS / rowHeight));
}

/** The scroll position that shows `row` with the least move. `headHeight` pixels at the top are covered. */
export function scrollToShow(
  row: number,
  rowHeight: number,
  scrollTop: number,
  viewHeight: number,
  headHeight: number,
): number {
  const top = row * rowHeight;
  const bottom = top + rowHeight + headHeight;
  if (top < scrollTop) return top;
  return bottom > scrollTop + viewHeight ? bottom - viewHeight : scrollTop;
}

/** The row that a key moves to from `row`; undefined for other keys. */
export function rowAfterKey(
  key: string,
  row: number,
  count: number,
  rowsPerPage: number,
): number | undefined {
  const steps: ReadonlyMap<string, number> = new Map([
    ['ArrowDown', row + 1],
    ['ArrowUp', row - 1],
    ['PageDown', row + rowsPerPage],
    ['PageUp', row - rowsPerPage],
    ['Home', 0],
    ['End', count - 1],
  ]);
  const wanted = steps.get(key);
  return wanted === undefined ? undefined : Math.min(Math.max(0, wanted), Math.max(0, count - 1));
}
