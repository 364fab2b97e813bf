import assert from 'node:assert/strict';
import fc from 'fast-check';
import { distancesFromFactors } from '../../../support/ediemReference';

type Dense = number[][];
const multiply = (x: Dense, y: Dense): Dense =>
  x.map((row) =>
    (y[0] ?? []).map((_, j) => row.reduce((sum, value, k) => sum + value * (y[k]?.[j] ?? 0), 0)),
  );
const transpose = (x: Dense): Dense => (x[0] ?? []).map((_, j) => x.map((row) => row[j] ?? 0));
const inner = (x: Dense, y: Dense): number =>
  x.reduce((sum, row, i) => sum + row.reduce((part, value, j) => part + value * (y[i]?.[j] ?? 0), 0), 0);
const combine = (x: Dense, f: (value: number, i: number, j: number) => number): Dense =>
  x.map((row, i) => row.map((value, j) => f(value, i, j)));
const flat = (x: Dense): Float32Array => Float32Array.from(x.flat());
const dense = (rows: number, columns: number): fc.Arbitrary<Dense> => {
  // Multiples of 1/64, so that float32 factors are exact.
  const value = fc.integer({ min: -128, max: 128 }).map((i) => i / 64);
  return fc.array(fc.array(value, { minLength: columns, maxLength: columns }), {
    minLength: rows,
    maxLength: rows,
  });
};

describe('distancesFromFactors', () => {
  it('equals the dense definition, with C = V Vᵀ / ‖V‖ built in full', () => {
    const [m, n, rank, scale] = [5, 7, 2, 1.5];
    fc.assert(
      fc.property(dense(m, n), dense(rank, n), dense(m, rank), (v, a, b) => {
        const vNorm = Math.sqrt(inner(v, v));
        fc.pre(vNorm > 0.1);
        const update = combine(multiply(b, a), (value) => value * scale);
        const c = combine(multiply(v, transpose(v)), (value) => value / vNorm);
        const projected = multiply(c, update);
        const factors = {
          ...{ m, n, rank, scale, vNorm, a: flat(a), b: flat(b) },
          vtb: Float64Array.from(multiply(transpose(v), b).flat()),
          cb: Float64Array.from(multiply(c, b).flat()),
        };
        const difference = combine(projected, (value, i, j) => value - (update[i]?.[j] ?? 0));
        const got = distancesFromFactors(factors);
        const [updateNorm, projectedNorm] = [update, projected].map((x) => Math.sqrt(inner(x, x)));
        const close = (actual: number, expected = NaN): void => {
          assert.ok(
            Math.abs(actual - expected) < 1e-6 * (1 + Math.abs(expected)),
            `${actual} is not ${expected}`,
          );
        };
        close(got.updateNorm, updateNorm);
        close(got.projectedNorm, projectedNorm);
        close(got.distance, Math.sqrt(inner(difference, difference)));
        close(got.reversal, -inner(update, v) / vNorm);
        if (got.updateNorm * got.projectedNorm > 1e-3) {
          close(got.cosine, inner(projected, update) / ((updateNorm ?? 0) * (projectedNorm ?? 0)));
        }
      }),
    );
  });
});
