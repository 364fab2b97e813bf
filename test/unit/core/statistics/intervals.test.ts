import assert from 'node:assert/strict';
import fc from 'fast-check';
import { meanDifference, pairedDifference, wilson } from '../../../../src/core/statistics/intervals';

const rounded = (value: number): number => Number(value.toFixed(4));

describe('wilson', () => {
  // Newcombe 1998, Statistics in Medicine 17, 857, table I, method 3; the last three: upper bounds of "0 of n".
  const published: readonly (readonly [count: number, n: number, low: number, high: number])[] = [
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
    [0, 100, 0, 0.037],
    [0, 200, 0, 0.0188],
    [0, 400, 0, 0.0095],
  ];
  for (const [count, n, low, high] of published) {
    it(`gives the published interval of ${count} of ${n}`, () => {
      const rate = wilson(count, n);
      assert.deepEqual([rounded(rate.low), rounded(rate.high)], [low, high]);
    });
  }

  it('holds the share and stays within 0 and 1', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (n, part) => {
          const { low, value, high } = wilson(part * n, n);
          assert.ok(low >= 0 && low <= value && value <= high && high <= 1);
        },
      ),
    );
  });

  it('refuses what is not a share', () => {
    for (const [count, n] of [
      [0, 0],
      [2, 1],
      [-1, 3],
      [NaN, 3],
    ] as const)
      assert.throws(() => wilson(count, n), RangeError);
  });
});

describe('pairedDifference', () => {
  it('gives the published intervals', () => {
    // Fagerland, Lydersen and Laake 2014, Statistics in Medicine 33, 2850: airway hyper-responsiveness.
    const { value, low, high } = pairedDifference({ both: 1, onlyFirst: 1, onlySecond: 7, neither: 12 });
    assert.deepEqual(
      [value, low, high].map((one) => Number(one.toFixed(3))),
      [-0.286, -0.507, -0.026],
    );
  });

  it('holds the difference, and turns its sign with the order', () => {
    const count = fc.integer({ min: 0, max: 300 });
    fc.assert(
      fc.property(count, count, count, count, (both, onlyFirst, onlySecond, neither) => {
        fc.pre(both + onlyFirst + onlySecond + neither > 0);
        const one = pairedDifference({ both, onlyFirst, onlySecond, neither });
        const other = pairedDifference({ both, onlyFirst: onlySecond, onlySecond: onlyFirst, neither });
        assert.ok(one.low <= one.value && one.value <= one.high && one.low >= -1 && one.high <= 1);
        assert.ok(Math.abs(one.low + other.high) < 1e-12 && Math.abs(one.high + other.low) < 1e-12);
      }),
    );
  });
});

describe('meanDifference', () => {
  it('averages, with the normal interval', () => {
    const { value, low, high } = meanDifference([1, 2, 3]);
    assert.deepEqual([value, rounded(low), rounded(high)], [2, 0.8684, 3.1316]);
    assert.deepEqual(meanDifference([0.5]), { value: 0.5, low: -Infinity, high: Infinity });
    assert.throws(() => meanDifference([]), RangeError);
  });
});
