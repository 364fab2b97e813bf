import type { ModuleMeasure } from './types';

/** The thin factors of one module, row-major, and what one look at `V` gave. */
export interface ThinFactors {
  readonly m: number;
  readonly n: number;
  readonly rank: number;
  readonly scale: number;
  /** r x n. */
  readonly a: Float32Array;
  /** m x r. */
  readonly b: Float32Array;
  /** `T = Vᵀ B`, n x r. */
  readonly vtb: Float32Array | Float64Array;
  /** `C B = V T / ‖V‖`, m x r. */
  readonly cb: Float32Array | Float64Array;
  /** `‖V‖_F`, positive. */
  readonly vNorm: number;
}

export type Distances = Pick<
  ModuleMeasure,
  'updateNorm' | 'projectedNorm' | 'distance' | 'cosine' | 'reversal'
>;

/**
 * Norms, distance, cosine and reversal from r x r Gram matrices, in float64; nothing of size m x n is built.
 * `‖s X A‖² = s² <XᵀX, A Aᵀ>` for `X` = B, C B and `D = C B - B`. The inner product `<P, dW>` is
 * `s² ‖T A‖² / ‖V‖`, a sum of squares, so that a small cosine keeps its digits.
 */
export function distancesFromFactors(factors: ThinFactors): Distances {
  const { m, n, rank, scale, a, b, vtb, cb, vNorm } = factors;
  const aat = gramOfRows(a, rank, n);
  const d = Float64Array.from(b, (value, index) => (cb[index] ?? 0) - value);
  const norm = (gram: Float64Array): number => scale * Math.sqrt(Math.max(0, dot(gram, aat)));
  const updateNorm = norm(gramOfColumns(b, m, rank));
  const projectedNorm = norm(gramOfColumns(cb, m, rank));
  const inner = norm(gramOfColumns(vtb, n, rank)) ** 2 / vNorm;
  return {
    updateNorm,
    projectedNorm,
    distance: norm(gramOfColumns(d, m, rank)),
    cosine: updateNorm * projectedNorm > 0 ? inner / (updateNorm * projectedNorm) : 0,
    reversal: (-scale * innerWithA(vtb, a, rank, n)) / vNorm,
  };
}

/** `X Xᵀ` of `x` (rows x columns, row-major): rows x rows. */
function gramOfRows(x: Float32Array, rows: number, columns: number): Float64Array {
  const gram = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < columns; k++) sum += (x[i * columns + k] ?? 0) * (x[j * columns + k] ?? 0);
      gram[i * rows + j] = gram[j * rows + i] = sum;
    }
  }
  return gram;
}

/** `Xᵀ X` of `x` (rows x columns, row-major): columns x columns. */
function gramOfColumns(x: Float32Array | Float64Array, rows: number, columns: number): Float64Array {
  const gram = new Float64Array(columns * columns);
  for (let k = 0; k < rows; k++) {
    const row = x.subarray(k * columns, (k + 1) * columns);
    for (let i = 0; i < columns; i++) {
      const left = row[i] ?? 0;
      for (let j = 0; j <= i; j++)
        gram[i * columns + j] = (gram[i * columns + j] ?? 0) + left * (row[j] ?? 0);
    }
  }
  for (let i = 0; i < columns; i++) {
    for (let j = 0; j < i; j++) gram[j * columns + i] = gram[i * columns + j] ?? 0;
  }
  return gram;
}

function dot(x: Float64Array, y: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (x[i] ?? 0) * (y[i] ?? 0);
  return sum;
}

/** `Σ_k T[:,k] · A[k,:]`, i.e. `<V, B A>`. */
function innerWithA(vtb: Float32Array | Float64Array, a: Float32Array, rank: number, n: number): number {
  let sum = 0;
  for (let k = 0; k < rank; k++) {
    for (let j = 0; j < n; j++) sum += (vtb[j * rank + k] ?? 0) * (a[k * n + j] ?? 0);
  }
  return sum;
}
