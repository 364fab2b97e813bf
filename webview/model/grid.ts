import type { HeatMapLayout } from '../../src/core/report/heatLayout';

/** Which cells a heat map has. */
export interface GridLayout {
  /** `short` where it is enough to tell the rows apart. */
  readonly rows: readonly { readonly name: string; readonly short: string }[];
  /** Heads. */
  readonly columns: readonly string[];
  /** What a cell shows, by `row * columns.length + column`: indices in the model. */
  readonly cells: ReadonlyMap<number, readonly number[]>;
}

/** Module types by blocks. */
export function gridOf({ types, blocks, cells }: HeatMapLayout): GridLayout {
  return { rows: types, columns: blocks.map(({ number }) => String(number ?? '–')), cells };
}

/**
 * The next cell with modules in the direction of a key; undefined for other keys. `far`: Home and End move to the first
 * and last cell of the map instead of the row.
 */
export function nextCell(layout: GridLayout, from: number, key: string, far: boolean): number | undefined {
  const columns = layout.columns.length;
  const last = layout.rows.length * columns;
  const row = Math.floor(from / columns);
  const search = (start: number, by: number, inside: (place: number) => boolean): number => {
    for (let place = start; inside(place); place += by) if (layout.cells.has(place)) return place;
    return from;
  };
  const inRow = (place: number): boolean => place >= row * columns && place < (row + 1) * columns;
  const inMap = (place: number): boolean => place >= 0 && place < last;
  switch (key) {
    case 'ArrowRight':
      return search(from + 1, 1, inRow);
    case 'ArrowLeft':
      return search(from - 1, -1, inRow);
    case 'ArrowDown':
      return search(from + columns, columns, inMap);
    case 'ArrowUp':
      return search(from - columns, -columns, inMap);
    case 'Home':
      return far ? search(0, 1, inMap) : search(row * columns, 1, inRow);
    case 'End':
      return far ? search(last - 1, -1, inMap) : search((row + 1) * columns - 1, -1, inRow);
    default:
      return undefined;
  }
}
