/** Bytes held for each element of both factors: as stored, in float32 (twice), padded, sums, products, keys. */
const BYTES_PER_FACTOR_ELEMENT = 40;
/** Two Gram matrices of rank x rank in float64. */
const BYTES_PER_GRAM_ELEMENT = 16;

/** With the rest of the process, 2 GB: enough for rank 1024 of the largest layers of a 70B model. */
export const FACTOR_BYTES_MAX = 1.9e9;

/** Bytes that it takes to measure a module, beside the tiles of its weights: a file of some MB may ask for many GB. */
export function factorBytes([m, n]: readonly [number, number], rank: number): number {
  return ((m + n) * BYTES_PER_FACTOR_ELEMENT + rank * BYTES_PER_GRAM_ELEMENT) * rank;
}
