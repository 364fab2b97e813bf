import { distancesFromSquares, type Distances } from '../../src/core/ediem/gram';

import { dot } from './matrix';

/** The thin factors of one module, row-major, and what one look at `V` gave. */
interface ThinFactors {
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

/** Norms, distance, cosine and reversal of factors in memory, in float64: the reference of the kernels. */
export function distancesFromFactors(factors: ThinFactors): Distances {
  const { m, n, rank, scale, a, b, vtb, cb, vNorm } = factors;
  const aat = gramOfRows(a, rank, n);
  const square = (x: Float32Array | Float64Array, rows: number): number =>
    dot(gramOfColumns(x, rows, rank), aat);
  const squares = {
    update: square(b, m),
    projected: square(cb, m),
    difference: square(
      Float64Array.from(b, (value, index) => (cb[index] ?? 0) - value),
      m,
    ),
    inner: square(
      Float64Array.from(vtb, (value) => value / vNorm),
      n,
    ),
  };
  return distancesFromSquares(squares, { scale, vNorm, innerVA: innerWithA(vtb, a, rank, n) });
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

/** `Σ_k T[:,k] · A[k,:]`, i.e. `<V, B A>`. */
function innerWithA(vtb: Float32Array | Float64Array, a: Float32Array, rank: number, n: number): number {
  let sum = 0;
  for (let k = 0; k < rank; k++) {
    for (let j = 0; j < n; j++) sum += (vtb[j * rank + k] ?? 0) * (a[k * n + j] ?? 0);
  }
  return sum;
}
