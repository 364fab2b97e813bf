import assert from 'node:assert/strict';
import { COLOUR_STEPS, colourScale, niceTicks } from '../../../../webview/model/scale';

describe('colourScale', () => {
  it('gives the strong end to modules pruned first', () => {
    const largest = colourScale([0, 1, 2, 3], 'largest');
    const smallest = colourScale([0, 1, 2, 3], 'smallest');
    assert.deepEqual([largest?.step(0), largest?.step(3)], [0, COLOUR_STEPS - 1]);
    assert.deepEqual([smallest?.step(0), smallest?.step(3)], [COLOUR_STEPS - 1, 0]);
    assert.deepEqual([smallest?.low, smallest?.high], [3, 0]);
  });

  it('says when outliers lie beyond its ends', () => {
    const values = [...Array.from({ length: 20 }, (_value, index) => index), 1000];
    const scale = colourScale(values, 'largest');
    assert.ok(scale !== null);
    assert.equal(scale.beyondHigh, true);
    assert.equal(scale.beyondLow, false);
    assert.ok(scale.high < 100);
    assert.equal(scale.step(1000), COLOUR_STEPS - 1);
  });

  it('has one colour for one value, and none for none', () => {
    assert.equal(colourScale([2, 2], 'largest')?.step(2), Math.floor(COLOUR_STEPS / 2));
    assert.equal(colourScale([], 'largest'), null);
  });
});

describe('niceTicks', () => {
  it('are round and within', () => {
    assert.deepEqual(niceTicks(-1.2, 3.7, 5), [-1, 0, 1, 2, 3]);
    assert.deepEqual(niceTicks(0.11, 0.43, 4), [0.2, 0.3, 0.4]);
    assert.deepEqual(niceTicks(2, 2, 4), [2]);
    assert.deepEqual(niceTicks(NaN, 1, 4), []);
  });
});
