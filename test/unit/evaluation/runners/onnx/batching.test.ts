import assert from 'node:assert/strict';
import { batchSize, pieces } from '../../../../../src/evaluation/runners/onnx/batching';
import { Pace, STEP_TOKENS_MAX } from '../../../../../src/evaluation/runners/onnx/pace';

const NO_LIMIT = { rows: 100, tokens: 10_000 };

describe('batches', () => {
  it('take like lengths', () => {
    assert.equal(batchSize([20, 20, 19, 18, 5, 5], NO_LIMIT), 4);
    assert.equal(batchSize([5, 5, 18], NO_LIMIT), 2);
  });

  it('keep to the limits of rows and tokens, but take one row at least', () => {
    assert.equal(batchSize([10, 10, 10], { rows: 2, tokens: 1000 }), 2);
    assert.equal(batchSize([10, 10, 10], { rows: 9, tokens: 25 }), 2);
    assert.equal(batchSize([1000, 10], { rows: 9, tokens: 25 }), 1);
    assert.equal(batchSize([], NO_LIMIT), 0);
  });

  it('cut a length into pieces', () => {
    assert.deepEqual(pieces(7, 3), [
      [0, 3],
      [3, 6],
      [6, 7],
    ]);
    assert.deepEqual(pieces(0, 3), []);
  });
});

describe('the pace', () => {
  it('lets a step have what fits into its time', async () => {
    let now = 0;
    const pace = new Pace(() => now);
    const first = pace.tokens;
    const step = (tokens: number, ms: number): Promise<void> =>
      pace.timed(tokens, () => {
        now += ms;
        return Promise.resolve();
      });
    await step(200, 500);
    assert.equal(pace.tokens, 200);
    for (let at = 0; at < 30; at++) await step(100, 1000);
    assert.equal(pace.tokens, first);
    for (let at = 0; at < 30; at++) await step(100, 1);
    assert.equal(pace.tokens, STEP_TOKENS_MAX);
  });
});
