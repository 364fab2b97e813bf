/** What a column asks for. */
export interface Wish {
  /** In the unit of the room. */
  readonly width: number;
  /** Columns leave from the highest down; 0 stays whatever the room. */
  readonly leaves: number;
}

/**
 * Which columns fit side by side, in their order. A column stays out once one that matters more did not fit, so that
 * more room only ever adds columns.
 * @param room for these columns alone
 */
export function fitting<T extends Wish>(columns: readonly T[], room: number): readonly T[] {
  const shown = new Set(columns.filter(({ leaves }) => leaves === 0));
  let left = [...shown].reduce((rest, { width }) => rest - width, room);
  const others = columns.filter(({ leaves }) => leaves !== 0);
  for (const column of others.toSorted((x, y) => x.leaves - y.leaves)) {
    left -= column.width;
    if (left < 0) break;
    shown.add(column);
  }
  return columns.filter((column) => shown.has(column));
}
