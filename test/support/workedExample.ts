import assert from 'node:assert/strict';
import type { Product } from '../../src/core/algebra/lowRank';
import type { AlignmentSubspaces, LoraFactors, Rewritten, StepModule } from '../../src/methods/types';

/** One module of 2 x 3 and rank 1 with the scale 2, as in the papers' formulas by hand: `V = [[2, 0, 1], [0, 1, -1]]`. */
export const EXAMPLE = {
  ...{ name: 'q_proj', m: 2, n: 3, rank: 1, scale: 2 },
  a: Float64Array.of(1, 2, -1),
  b: Float64Array.of(1, -2),
} as const satisfies StepModule;

/** With the safety adapter `[[0, 1, 1], [0, 1, 1]]`. */
export const WITH_SAFETY: StepModule = {
  ...EXAMPLE,
  safety: { m: 2, n: 3, rank: 1, scale: 1, a: Float64Array.of(0, 1, 1), b: Float64Array.of(1, 1) },
};

/** `C B`. */
export const EXAMPLE_CB = Float64Array.of(2.6457513110645907, -1.889822365046136);

/** Of `V`; the second pair by `V y = σ u`. */
export const EXAMPLE_SUBSPACES: AlignmentSubspaces = {
  output: [Float64Array.of(-0.9570920264890529, 0.2897841486884302)],
  input: [Float64Array.of(-0.8312510184127566, 0.12584084, -0.5414669)],
  values: [2.302775637731995],
  norm: Math.sqrt(7),
};

/** `s B A` of the new factors, with those that were not written as before. */
export function updateOf(
  given: LoraFactors & { readonly scale: number },
  made: Rewritten | Product,
): number[] {
  const { a = given.a, b = given.b, rank = given.rank } = made;
  return Array.from({ length: given.m * given.n }, (_, at) => {
    const [i, j] = [Math.floor(at / given.n), at % given.n];
    let sum = 0;
    for (let k = 0; k < rank; k++) sum += (b[i * rank + k] ?? 0) * (a[k * given.n + j] ?? 0);
    return given.scale * sum;
  });
}

export function assertClose(actual: Iterable<number>, wanted: readonly number[], tolerance = 2e-6): void {
  const values = [...actual];
  assert.equal(values.length, wanted.length);
  values.forEach((value, at) => {
    assert.ok(Math.abs(value - (wanted[at] ?? NaN)) <= tolerance, `${at}: ${value} is not ${wanted[at]}`);
  });
}
