// Panel order: each group of 8 columns is stored as [0 2 4 6][1 3 5 7]; see `assembly/difference.as`.

/** The column at position `at` of a row in panel order. */
export function columnAt(at: number): number {
  return (at & ~7) | ((at & 3) << 1) | ((at & 4) >> 2);
}

/** The inverse of `columnAt`. */
export function placeOf(column: number): number {
  return (column & ~7) | ((column & 1) << 2) | ((column & 6) >> 1);
}
