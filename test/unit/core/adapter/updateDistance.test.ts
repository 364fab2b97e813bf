import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  updateDistanceSquared,
  updateInner,
  updateNormSquared,
  type UpdateFactors,
} from '../../../../src/core/adapter/updateDistance';

const value = fc.double({ min: -4, max: 4, noNaN: true });
const M = 5;
const N = 3;

function factors(rank: number): fc.Arbitrary<UpdateFactors> {
  const list = (length: number): fc.Arbitrary<Float64Array> =>
    fc.array(value, { minLength: length, maxLength: length }).map((values) => Float64Array.from(values));
  return fc.record({
    rank: fc.constant(rank),
    scale: fc.double({ min: -3, max: 3, noNaN: true }),
    a: list(rank * N),
    b: list(rank * M),
  });
}

/** `s B A` written out, m x n. */
function dense({ rank, scale, a, b }: UpdateFactors): number[] {
  return Array.from({ length: M * N }, (_, at) => {
    const [i, j] = [Math.floor(at / N), at % N];
    let sum = 0;
    for (let k = 0; k < rank; k++) sum += (b[k * M + i] ?? 0) * (a[k * N + j] ?? 0);
    return scale * sum;
  });
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0);
const close = (actual: number, expected: number, size: number): void => {
  assert.ok(Math.abs(actual - expected) <= 1e-12 * (1 + size), `${actual} is not ${expected}`);
};

describe('updateDistance', () => {
  it('agrees with the matrices written out, for equal and different ranks', () => {
    fc.assert(
      fc.property(factors(2), fc.oneof(factors(2), factors(4), factors(1), factors(9)), (left, right) => {
        const [x, y] = [dense(left), dense(right)];
        const size = 1e4;
        close(updateNormSquared(left), sumOf(x.map((one) => one * one)), size);
        close(updateInner(left, right), sumOf(x.map((one, i) => one * (y[i] ?? 0))), size);
        close(updateDistanceSquared(left, right), sumOf(x.map((one, i) => (one - (y[i] ?? 0)) ** 2)), size);
      }),
    );
  });

  it('takes ranks far beyond the layer without their square', () => {
    const rank = 200_000;
    const one = { rank, scale: 1, a: new Float64Array(rank).fill(1), b: new Float64Array(rank).fill(1) };
    assert.equal(updateNormSquared(one), rank ** 2);
    assert.equal(updateDistanceSquared(one, { ...one, scale: 3 }), (2 * rank) ** 2);
  });

  it('is exactly 0 for equal factors, and keeps its digits for close ones', () => {
    fc.assert(fc.property(factors(3), (one) => assert.equal(updateDistanceSquared(one, one), 0)));
    const one = { rank: 1, scale: 1, a: Float64Array.of(1, 1, 1), b: Float64Array.of(1, 1, 1, 1, 1) };
    const other = { ...one, a: Float64Array.of(1, 1, 1 + 1e-12) };
    const distance = Math.sqrt(updateDistanceSquared(one, other));
    const step = 1 + 1e-12 - 1;
    assert.ok(Math.abs(distance / (step * Math.sqrt(5)) - 1) < 1e-9);
  });
});
