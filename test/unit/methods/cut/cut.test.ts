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
    const { a, b } = cutFactors(FACTORS, SUBSPACES, { side: 'both', keep: 0, rest: 1 });
    assert.deepEqual([...(a ?? [])], [1, 2, 0, 4, 5, 0]);
    assert.deepEqual([...(b ?? [])], [0, 0, 3, 4]);
  });

  it('changes one factor for one side, and keeps the given share', () => {
    assert.deepEqual(cutFactors(FACTORS, SUBSPACES, { side: 'input', keep: 0.5, rest: 1 }), {
      a: Float64Array.of(1, 2, 1.5, 4, 5, 3),
    });
    assert.deepEqual(cutFactors(FACTORS, SUBSPACES, { side: 'output', keep: -1, rest: 1 }), {
      b: Float64Array.of(-1, -2, 3, 4),
    });
  });

  it('multiplies the rest of the update, once', () => {
    const input = cutFactors(FACTORS, SUBSPACES, { side: 'input', keep: -0.5, rest: 2 });
    assert.deepEqual(input, { a: Float64Array.of(2, 4, -1.5, 8, 10, -3) });
    const both = cutFactors(FACTORS, SUBSPACES, { side: 'both', keep: 0, rest: 2 });
    assert.deepEqual(both, { a: Float64Array.of(1, 2, 0, 4, 5, 0), b: Float64Array.of(0, 0, 6, 8) });
  });

  it('plans a step of k directions for all modules, and refuses what it cannot cut', async () => {
    const cut = methodOf('cut');
    const input = { adapter: adapterOf(PAIRS), modules: [], results: {} };
    const { step, record, changed } = await cut.plan(input, { k: 3, side: 'input' });
    assert.ok(step?.reads === 'subspaces' && step.k === 3);
    assert.deepEqual(record, { k: 3, side: 'input', keep: 0, rest: 1 });
    assert.equal(changed.length, input.adapter.modules.length);
    assert.equal(step.rewriteOutside, undefined);
    const more = await cut.plan(input, { rest: 1.5 });
    const outside = more.step?.rewriteOutside?.({ ...FACTORS, name: 'x', scale: 1 });
    assert.deepEqual(outside, { b: Float64Array.of(1.5, 3, 4.5, 6) });
    for (const same of [{ keep: 1 }, { keep: 0.75, rest: 0.75 }])
      await rejection(cut.plan(input, same), 'bad-request', /Nothing is cut/);
    await rejection(cut.plan(input, { k: 0 }), 'bad-request');
  });
});
