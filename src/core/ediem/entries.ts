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
 * Entries at pseudo-random places, the same ones for the same shape: a fair sample for bracketing and for
 * `quartiles: sampled`.
 */
export function sampleEntries(product: ThinProduct, count: number): Float32Array {
  const { m, n, rank, x, y } = product;
  const sample = new Float32Array(count);
  const random = lcg(m * 31 + n);
  for (let s = 0; s < count; s++) {
    const row = Math.floor(random() * m);
    const column = Math.floor(random() * n);
    let sum = 0;
    for (let k = 0; k < rank; k++) sum += (x[row * rank + k] ?? 0) * (y[k * n + column] ?? 0);
    sample[s] = sum;
  }
  return sample;
}

/** A linear congruential generator (Numerical Recipes): fixed seed, so that results are reproducible. */
function lcg(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
