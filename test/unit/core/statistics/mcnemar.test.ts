import assert from 'node:assert/strict';
import { mcnemar } from '../../../../src/core/statistics/mcnemar';

describe('mcnemar', () => {
  // Fagerland, Lydersen and Laake 2013, tables 1 and 2, and binomial tails by hand.
  const known: readonly (readonly [first: number, second: number, exact: number, midP: number])[] = [
    [1, 7, 0.0703, 0.0391],
    [0, 5, 0.0625, 0.0313],
    [0, 6, 0.0313, 0.0156],
    [59, 6, 0, 0],
    [5, 5, 1, 0.877],
    [1, 1, 1, 0.75],
    [0, 0, 1, 1],
    [3, 12, 0.0352, 0.0213],
  ];
  for (const [first, second, exact, midP] of known) {
    it(`gives the p-values of ${first} against ${second}`, () => {
      const found = mcnemar(first, second);
      assert.ok(Math.abs(found.exact - exact) < 6e-5, String(found.exact));
      assert.ok(Math.abs(found.midP - midP) < 6e-5, String(found.midP));
      assert.deepEqual(mcnemar(second, first), found);
    });
  }

  it('does not lose itself in large numbers', () => {
    const { exact, midP } = mcnemar(50_000, 50_500);
    assert.ok(exact > 0.11 && exact < 0.12 && midP < exact, `${exact} ${midP}`);
  });
});
