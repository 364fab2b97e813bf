import assert from 'node:assert/strict';
import {
  FEWEST_COMPARABLE,
  fenceOfEqual,
  robustSpread,
  usualFence,
} from '../../../../src/core/evidence/fence';
import { normals } from '../../../support/random';

const TRIALS = 4000;

/** How often the largest of `n` normal values passes a fence. */
function rateBeyond(n: number, fence: (values: readonly number[]) => number): number {
  const values = normals(n * TRIALS, 20 + n);
  let beyond = 0;
  for (let trial = 0; trial < TRIALS; trial++) {
    const group = [...values.subarray(trial * n, (trial + 1) * n)];
    if (Math.max(...group) > fence(group)) beyond++;
  }
  return beyond / TRIALS;
}

describe('fenceOfEqual', () => {
  for (const alpha of [0.05, 0.0125]) {
    it(`is passed in at most ${alpha} of groups of equal modules`, () => {
      // Two standard errors of that many trials.
      const tolerance = 2 * Math.sqrt((alpha * (1 - alpha)) / TRIALS);
      for (const n of [8, 16, 32, 64, 256]) {
        const rate = rateBeyond(n, (values) => fenceOfEqual(values, alpha));
        assert.ok(rate <= alpha + tolerance, `${n}: ${rate}`);
        // A fence that nothing passes would prove nothing.
        assert.ok(rate > alpha / 8, `${n}: ${rate}`);
      }
    });
  }
  it('is needed: 1.5 alone finds an outlier in most large groups', () => {
    assert.ok(rateBeyond(8, usualFence) > 0.1);
    assert.ok(rateBeyond(256, usualFence) > 0.5);
  });
  it('never is below the usual one, and knows nothing of few values', () => {
    const values = [...normals(40, 3)];
    assert.ok(fenceOfEqual(values, 0.05) >= usualFence(values));
    assert.equal(fenceOfEqual(values.slice(0, FEWEST_COMPARABLE - 1), 0.05), Infinity);
  });
});

describe('robustSpread', () => {
  it('is the standard deviation of normal values, whatever a few of them are', () => {
    const values = [...normals(20_000, 5, 3)];
    assert.ok(Math.abs(robustSpread(values) - 3) < 0.1);
    assert.ok(Math.abs(robustSpread([...values, 1e9, -1e9]) - 3) < 0.1);
  });
});
