import type { MatchedModule } from './matchModules';

/** What all threads together may hold: with the rest of the process it stays below 700 MB for 7B shapes. */
const MEMORY_BUDGET = 560e6;
/** A thread before its first module: an isolate, the kernels' fixed lists. */
const THREAD_BYTES = 40e6;
/** Bytes held for each element of both factors: as stored, in float32 (twice), padded, sums, products, keys. */
const BYTES_PER_FACTOR_ELEMENT = 40;
/** Rows of the tiles of very wide weights, for both weights and their panels. */
const WIDE_TILE_ROWS = 16;

/** How many threads may work at a time: at most `wanted`, and as few as their memory demands, at least one. */
export function laneLimit(wanted: number, modules: readonly MatchedModule[]): number {
  const largest = modules.reduce((most, { module: { shape, rank }, base }) => {
    const columns = base.tensor.info.shape[1] ?? 0;
    const tiles = 2 * WIDE_TILE_ROWS * columns * 4;
    return Math.max(most, (shape[0] + shape[1]) * rank * BYTES_PER_FACTOR_ELEMENT + tiles);
  }, 0);
  return Math.max(1, Math.min(wanted, Math.floor(MEMORY_BUDGET / (THREAD_BYTES + largest))));
}
