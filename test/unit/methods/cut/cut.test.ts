import assert from 'node:assert/strict';
import { cutFactors } from '../../../../src/methods/cut/cutFactors';
import { methodOf } from '../../../../src/methods';
import { adapterOf, PAIRS } from '../../../support/adapterFixture';
import { rejection } from '../../../support/rejection';

/** m = 2, n = 3, rank 2. */
const FACTORS = {
  ...{ m: 2, n: 3, rank: 2 },
  a: Float64Array.of(1, 2, 3, 4, 5, 6),
  b: Float64Array.of(1, 2, 3, 4),
};
/** The first axis of the outputs, the last one of the inputs. */
const SUBSPACES = { output: [Float64Array.of(1, 0)], input: [Float64Array.of(0, 0, 1)], values: [1] };

describe('method cut', () => {
  it('removes what is on the directions, on each side', () => {
    const { a, b } = cutFactors(FACTORS, SUBSPACES, 'both', 0);
    assert.deepEqual([...(a ?? [])], [1, 2, 0, 4, 5, 0]);
    assert.deepEqual([...(b ?? [])], [0, 0, 3, 4]);
  });

  it('changes one factor for one side, and keeps the given share', () => {
    assert.deepEqual(cutFactors(FACTORS, SUBSPACES, 'input', 0.5), {
      a: Float64Array.of(1, 2, 1.5, 4, 5, 3),
    });
    assert.deepEqual(cutFactors(FACTORS, SUBSPACES, 'output', -1), { b: Float64Array.of(-1, -2, 3, 4) });
  });

  it('plans a step of k directions for all modules, and refuses what it cannot cut', async () => {
    const cut = methodOf('cut');
    const input = { adapter: adapterOf(PAIRS), modules: [], results: {} };
    const { step, record, changed } = await cut.plan(input, { k: 3, side: 'input' });
    assert.ok(step?.reads === 'subspaces' && step.k === 3);
    assert.deepEqual(record, { k: 3, side: 'input', keep: 0 });
    assert.equal(changed.length, input.adapter.modules.length);
    await rejection(cut.plan(input, { keep: 1 }), 'bad-request');
    await rejection(cut.plan(input, { k: 0 }), 'bad-request');
  });
});
