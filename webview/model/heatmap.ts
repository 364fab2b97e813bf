import type { HeatMapLayout } from '../../src/core/report/heatLayout';

/**
 * The next cell with modules in the direction of a key; undefined for other keys. `far`: Home and End move to the first
 * and last cell of the map instead of the row.
 */
export function nextCell(layout: HeatMapLayout, from: number, key: string, far: boolean): number | undefined {
  const blocks = layout.blocks.length;
  const last = layout.types.length * blocks;
  const row = Math.floor(from / blocks);
  const search = (start: number, by: number, inside: (place: number) => boolean): number => {
    for (let place = start; inside(place); place += by) if (layout.cells.has(place)) return place;
    return from;
  };
  const inRow = (place: number): boolean => place >= row * blocks && place < (row + 1) * blocks;
  const inMap = (place: number): boolean => place >= 0 && place < last;
  switch (key) {
    case 'ArrowRight':
      return search(from + 1, 1, inRow);
    case 'ArrowLeft':
      return search(from - 1, -1, inRow);
    case 'ArrowDown':
      return search(from + blocks, blocks, inMap);
    case 'ArrowUp':
      return search(from - blocks, -blocks, inMap);
    case 'Home':
      return far ? search(0, 1, inMap) : search(row * blocks, 1, inRow);
    case 'End':
      return far ? search(last - 1, -1, inMap) : search((row + 1) * blocks - 1, -1, inRow);
    default:
      return undefined;
  }
}
