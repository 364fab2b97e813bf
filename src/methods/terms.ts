import type { Product } from '../core/algebra/lowRank';
import type { AlignmentSubspaces, LoraFactors } from './types';

/** `factor B A`. */
export interface Term extends LoraFactors {
  readonly factor: number;
}

/** The sum of products of one shape, exactly: `B' = [B1, B2, ...]`, `A' = [c1 A1; c2 A2; ...]`. Terms of factor 0 are left out. */
export function sumOf(m: number, n: number, terms: readonly Term[]): Product {
  const parts = terms.filter(({ factor, rank }) => factor !== 0 && rank > 0);
  const rank = parts.reduce((sum, part) => sum + part.rank, 0);
  const a = new Float64Array(rank * n);
  const b = new Float64Array(m * rank);
  let at = 0;
  for (const part of parts) {
    const scaled = part.factor === 1 ? part.a : part.a.map((value) => part.factor * value);
    a.set(scaled, at * n);
    for (let i = 0; i < m; i++) b.set(part.b.subarray(i * part.rank, (i + 1) * part.rank), i * rank + at);
    at += part.rank;
  }
  return { m, n, rank, a, b };
}

/**
 * `U Σ Yᵀ` as `(U Σ^½) (Σ^½ Yᵀ)`. Singular vectors have any sign: the largest element of each left one is positive here,
 * so that files are the same again.
 */
export function spectralTerm(
  { output, input, values }: Pick<AlignmentSubspaces, 'output' | 'input' | 'values'>,
  factor = 1,
): Term {
  const [m, n] = [output[0]?.length ?? 0, input[0]?.length ?? 0];
  const rank = values.length;
  const a = new Float64Array(rank * n);
  const b = new Float64Array(m * rank);
  values.forEach((sigma, k) => {
    const root = Math.sqrt(sigma);
    const sign = signOf(output[k] ?? NONE);
    output[k]?.forEach((value, i) => (b[i * rank + k] = sign * root * value));
    input[k]?.forEach((value, j) => (a[k * n + j] = sign * root * value));
  });
  return { m, n, rank, a, b, factor };
}

/** A product whose left vectors are orthonormal, `U (Σ Yᵀ)`, as `(U Σ^½) (Σ^½ Yᵀ)` with the same signs. */
export function balanced({ m, n, rank, a, b }: Product): Pick<Product, 'a' | 'b' | 'rank'> {
  const [left, right] = [b.slice(), a.slice()];
  for (let k = 0; k < rank; k++) {
    const row = a.subarray(k * n, (k + 1) * n);
    const sigma = Math.sqrt(row.reduce((sum, value) => sum + value ** 2, 0));
    const column = Float64Array.from({ length: m }, (_, i) => b[i * rank + k] ?? 0);
    const root = signOf(column) * Math.sqrt(sigma);
    column.forEach((value, i) => (left[i * rank + k] = root * value));
    if (sigma > 0) row.forEach((value, j) => (right[k * n + j] = value / root));
  }
  return { a: right, b: left, rank };
}

const NONE = new Float64Array();

/** 1, or -1 where the largest element is negative. */
function signOf(vector: Float64Array): 1 | -1 {
  let largest = 0;
  for (const value of vector) if (Math.abs(value) > Math.abs(largest)) largest = value;
  return largest < 0 ? -1 : 1;
}
