/**
 * Entries of a thin product `X Y` (m x r times r x n), without the matrix: dot products accumulated in float64 in the
 * order of the rank and rounded once to float32, so that an entry is the same number whatever tile it is computed in.
 */
export interface ThinProduct {
  readonly m: number;
  readonly n: number;
  readonly rank: number;
  /** m x r, row-major. */
  readonly x: Float32Array;
  /** r x n, row-major, the scale included. */
  readonly y: Float32Array;
}

/** Rows `[firstRow, firstRow + rows)` of the product, row-major, into `out` (rows * n). */
export function productRows(product: ThinProduct, firstRow: number, rows: number, out: Float32Array): void {
  const { n, rank, x, y } = product;
  const sums = new Float64Array(n);
  for (let i = 0; i < rows; i++) {
    sums.fill(0);
    for (let k = 0; k < rank; k++) {
      const factor = x[(firstRow + i) * rank + k] ?? 0;
      const row = y.subarray(k * n, (k + 1) * n);
      for (let j = 0; j < n; j++) sums[j] = (sums[j] ?? 0) + factor * (row[j] ?? 0);
    }
    out.set(sums, i * n);
  }
}

/**
 * Entries at pseudo-random places, drawn with replacement, the same ones for the same shape: a fair sample for
 * `quartiles: sampled`, and for the guess of a bracket.
 */
export function sampleEntries(product: ThinProduct, count: number): Float32Array {
  const { m, n, rank, x, y } = product;
  const sample = new Float32Array(count);
  for (let s = 0; s < count; s++) {
    const row = place(2 * s + 1, m);
    const column = place(2 * s + 2, n);
    let sum = 0;
    for (let k = 0; k < rank; k++) sum += (x[row * rank + k] ?? 0) * (y[k * n + column] ?? 0);
    sample[s] = sum;
  }
  return sample;
}

/** Bits of a counter, spread by the finalizer of MurmurHash3, as a place in `[0, size)`. */
function place(counter: number, size: number): number {
  let h = counter;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return Math.floor((((h ^ (h >>> 16)) >>> 0) * size) / 2 ** 32);
}
