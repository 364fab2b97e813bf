import type { AlignmentSubspaces, LoraFactors } from '../types';
import type { CutOptions } from './plan';

/**
 * `B' = B - share U (Uᵀ B)` on the output side, `A' = A - share (A Y) Yᵀ` on the input side, with `share = 1 - keep / rest`;
 * one of them times `rest`.
 */
export function cutFactors(
  { rank, n, a, b }: LoraFactors,
  { output, input }: Pick<AlignmentSubspaces, 'output' | 'input'>,
  { side, keep, rest }: Omit<CutOptions, 'k'>,
): { readonly a?: Float64Array; readonly b?: Float64Array } {
  const share = 1 - keep / rest;
  const columns = { count: rank, step: 1, elementStep: rank };
  const rows = { count: rank, step: n, elementStep: 1 };
  const cutB = side === 'input' ? undefined : without(b, output, share, columns);
  const cutA = side === 'output' ? undefined : without(a, input, share, rows);
  if (cutB === undefined) return cutA === undefined ? {} : { a: scaled(cutA, rest) };
  return { b: scaled(cutB, rest), ...(cutA === undefined ? {} : { a: cutA }) };
}

export const scaled = (values: Float64Array, factor: number): Float64Array<ArrayBuffer> =>
  values.map((value) => factor * value);

/** Where `count` vectors lie in a matrix: from one to the next, and from element to element. */
interface Layout {
  readonly count: number;
  readonly step: number;
  readonly elementStep: number;
}

/** Each vector of the matrix minus `share` of its projection onto the orthonormal directions. */
function without(
  matrix: Float64Array,
  directions: readonly Float64Array[],
  share: number,
  { count, step, elementStep }: Layout,
): Float64Array {
  const result = matrix.slice();
  for (const direction of directions) {
    for (let one = 0; one < count; one++) {
      const first = one * step;
      let inner = 0;
      for (let i = 0, at = first; i < direction.length; i++, at += elementStep)
        inner += (direction[i] ?? 0) * (matrix[at] ?? 0);
      inner *= share;
      for (let i = 0, at = first; i < direction.length; i++, at += elementStep)
        result[at] = (result[at] ?? 0) - inner * (direction[i] ?? 0);
    }
  }
  return result;
}
