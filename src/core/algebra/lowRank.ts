import { symmetricEigen } from './symmetricEigen';

/** A product `B A` of an m x p and a p x n matrix, both row-major. */
export interface Product {
  readonly m: number;
  readonly n: number;
  readonly rank: number;
  readonly a: Float64Array<ArrayBuffer>;
  readonly b: Float64Array<ArrayBuffer>;
}

/** `error`: `‖B A - B' A'‖_F / ‖B A‖_F`; 0 for a product that is 0. */
export interface Truncated extends Product {
  readonly error: number;
}

/** Directions of smaller share (of the largest squared singular value of a factor) are rounding errors. */
const NEGLIGIBLE = 1e-14;

/**
 * The nearest product of a given rank: `B = Q R` and the singular vectors of `R A`, both by eigenvectors of small Gram
 * matrices. Singular values below 1e-7 of the largest are lost in rounding, which bounds how small an `error` can be seen.
 */
export function truncateProduct({ m, n, rank, a, b }: Product, wanted: number): Truncated {
  const { q, r, width } = orthonormal(b, m, rank);
  const middle = multiply(r, width, rank, a, n);
  const { values, vectors } = symmetricEigen(rowGram(middle, width, n));
  const kept = Math.min(wanted, width);
  const total = values.reduce((sum, value) => sum + Math.max(0, value), 0);
  const lost = values.slice(0, width - kept).reduce((sum, value) => sum + Math.max(0, value), 0);
  // The largest first; what is left of the rank stays 0.
  const top = [...vectors.slice(width - kept)].reverse();
  const left = new Float64Array(width * wanted);
  top.forEach((vector, column) => vector.forEach((value, row) => (left[row * wanted + column] = value)));
  return {
    ...{ m, n, rank: wanted },
    b: multiply(q, m, width, left, wanted),
    a: multiply(transpose(left, width, wanted), wanted, width, middle, n),
    error: total === 0 ? 0 : Math.sqrt(lost / total),
  };
}

/** `‖B A‖_F`. */
export function productNorm({
  m,
  n,
  rank,
  a,
  b,
}: Omit<Product, 'a' | 'b'> & { readonly a: Float64Array; readonly b: Float64Array }): number {
  const [left, right] = [rowGram(transpose(b, m, rank), rank, m), rowGram(a, rank, n)];
  let sum = 0;
  left.forEach((row, k) => row.forEach((value, l) => (sum += value * (right[k]?.[l] ?? 0))));
  return Math.sqrt(Math.max(0, sum));
}

/** `B = Q R` with orthonormal columns of `Q` (m x width), by the eigenvectors of `Bᵀ B`. */
function orthonormal(
  b: Float64Array,
  m: number,
  rank: number,
): { readonly q: Float64Array; readonly r: Float64Array; readonly width: number } {
  const { values, vectors } = symmetricEigen(rowGram(transpose(b, m, rank), rank, m));
  const least = NEGLIGIBLE * (values.at(-1) ?? 0);
  const kept = [...values.keys()].filter((index) => (values[index] ?? 0) > least);
  const width = kept.length;
  const r = new Float64Array(width * rank);
  const inverse = new Float64Array(rank * width);
  kept.forEach((index, row) => {
    const length = Math.sqrt(values[index] ?? 0);
    vectors[index]?.forEach((value, column) => {
      r[row * rank + column] = length * value;
      inverse[column * width + row] = value / length;
    });
  });
  return { q: multiply(b, m, rank, inverse, width), r, width };
}

/** @param left rows x inner @param right inner x columns */
function multiply(
  left: Float64Array,
  rows: number,
  inner: number,
  right: Float64Array,
  columns: number,
): Float64Array<ArrayBuffer> {
  const out = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < inner; k++) {
      const factor = left[i * inner + k] ?? 0;
      if (factor === 0) continue;
      for (let j = 0; j < columns; j++)
        out[i * columns + j] = (out[i * columns + j] ?? 0) + factor * (right[k * columns + j] ?? 0);
    }
  }
  return out;
}

function transpose(values: Float64Array, rows: number, columns: number): Float64Array<ArrayBuffer> {
  const out = new Float64Array(values.length);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) out[j * rows + i] = values[i * columns + j] ?? 0;
  return out;
}

/** `X Xᵀ` of a rows x columns matrix. */
export function rowGram(values: Float64Array, rows: number, columns: number): Float64Array[] {
  const gram = Array.from({ length: rows }, () => new Float64Array(rows));
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < columns; k++)
        sum += (values[i * columns + k] ?? 0) * (values[j * columns + k] ?? 0);
      const [row, other] = [gram[i], gram[j]];
      if (row !== undefined) row[j] = sum;
      if (other !== undefined) other[i] = sum;
    }
  }
  return gram;
}
