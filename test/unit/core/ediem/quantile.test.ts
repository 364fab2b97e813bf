import assert from 'node:assert/strict';
import fc from 'fast-check';
import { quantile } from '../../../../src/core/ediem/quantile';

/** Straight from numpy's definition of method "linear", written another way round. */
function byDefinition(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const virtual = (sorted.length - 1) * p;
  const below = sorted[Math.floor(virtual)] ?? NaN;
  const above = sorted[Math.ceil(virtual)] ?? NaN;
  return below * (1 - (virtual - Math.floor(virtual))) + above * (virtual - Math.floor(virtual));
}

describe('quantile', () => {
  it('interpolates as numpy does', () => {
    // numpy.quantile([3, 1, 2, 4], [0.25, 0.5, 0.75]) = [1.75, 2.5, 3.25]
    assert.deepEqual(
      [0.25, 0.5, 0.75].map((p) => quantile([3, 1, 2, 4], p)),
      [1.75, 2.5, 3.25],
    );
    assert.equal(quantile([7], 0.25), 7);
  });

  it('agrees with the definition on any list', () => {
    const values = fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1 });
    fc.assert(
      fc.property(values, fc.double({ noNaN: true, min: 0, max: 1 }), (list, p) => {
        assert.ok(Math.abs(quantile(list, p) - byDefinition(list, p)) <= 1e-9 * 1e6);
      }),
    );
  });

  it('refuses an empty list', () => {
    assert.throws(() => quantile([], 0.25), RangeError);
  });
});
