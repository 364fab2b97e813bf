/** Column of a group of 8 that lies at each place of a panel: see `assembly/difference.as`. */
const ORDER = [0, 2, 4, 6, 1, 3, 5, 7] as const;

/** The column that lies at place `at` of a row in panel order. */
export function columnAt(at: number): number {
  return (at & ~7) | (ORDER[at & 7] ?? 0);
}
