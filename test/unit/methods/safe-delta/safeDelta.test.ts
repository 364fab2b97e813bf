import assert from 'node:assert/strict';
import { methodOf } from '../../../../src/methods';
import { affordable } from '../../../../src/methods/safe-delta/plan';
import type { Rewritten, StepModule } from '../../../../src/methods/types';
import { adapterOf, PAIRS } from '../../../support/adapterFixture';
import { rejection } from '../../../support/rejection';
import { assertClose, updateOf } from '../../../support/workedExample';

/** Of 2 x 4, rank 2: `dW = [[1, 2, 3, 4], [-1, 1, -1, 1]]`; the inputs have nothing in common. */
const MODULE: StepModule = {
  ...{ name: 'q_proj', m: 2, n: 4, rank: 2, scale: 1 },
  a: Float64Array.of(1, 2, 3, 4, -1, 1, -1, 1),
  b: Float64Array.of(1, 0, 0, 1),
  hessian: diagonal(1, 100, 4, 9),
};
/** Entries in increasing order of cost: columns 0, 2, 3, 1. */
const DAMPED = 0.01 * 28.5;

describe('method safe-delta', () => {
  it('keeps what costs least up to its budget', () => {
    // Both entries of the first column, and the first of the third.
    const spent = 2 * (1 + DAMPED) + 9 * (4 + DAMPED) + 1;
    const budget = (spent * 4096 ** 2) / (8 * (28.5 + DAMPED));
    const made = rewritten(MODULE, budget);
    assertClose(updateOf(MODULE, made), [1, 0, 3, 0, -1, 0, 0, 0], 1e-5);
    assert.ok((made.error ?? 1) < 1e-5);
  });

  it('never keeps the entries that cost most', () => {
    // Of 8 entries, 1.
    const made = updateOf(MODULE, rewritten(MODULE, 1e9));
    assertClose(made, [1, 2, 3, 4, -1, 0, -1, 1], 1e-5);
  });

  it('makes up for what it keeps where inputs have something in common', () => {
    const hessian = Float64Array.of(1, 0.9, 0.9, 1);
    const module = {
      ...MODULE,
      m: 1,
      n: 2,
      rank: 1,
      a: Float64Array.of(1, 1),
      b: Float64Array.of(1),
      hessian,
    };
    // The first entry stays: it costs less, given the second. That goes the other way.
    const [first = NaN, second = NaN] = updateOf(module, rewritten(module, (0.5 * 4096 ** 2) / (2 * 0.609)));
    assertClose([first], [1], 1e-5);
    assertClose([second], [-0.9 / 1.01], 1e-5);
  });

  it('is zero without a budget', () => {
    const made = rewritten(MODULE, 0);
    assert.deepEqual([made.retained, [...(made.b ?? [])]], [0, [0, 0, 0, 0]]);
  });

  it('leaves a module that reads only zeros, and says what was not recorded', () => {
    assert.ok('left' in affordable({ ...MODULE, hessian: diagonal(0, 0, 0, 0) }, { budget: 1, rank: 0 }));
    const { hessian: _hessian, ...without } = MODULE;
    assert.throws(() => affordable(without, { budget: 1, rank: 0 }), /No inputs of "q_proj"/);
  });

  it('needs passes', async () => {
    const input = { adapter: adapterOf(PAIRS), modules: [], results: {} };
    const method = methodOf('safe-delta');
    await rejection(method.plan(input, {}), 'bad-request', /passes of prompts/);
    const { step } = await method.plan({ ...input, hasPasses: true }, {});
    assert.equal(step?.reads, 'factors');
  });
});

function rewritten(module: StepModule, budget: number): Rewritten {
  const made = affordable(module, { budget, rank: module.rank });
  assert.ok(!('left' in made));
  return made;
}

function diagonal(...values: readonly number[]): Float64Array {
  const { length } = values;
  return Float64Array.from({ length: length ** 2 }, (_, at) =>
    at % (length + 1) === 0 ? (values[at / (length + 1)] ?? NaN) : 0,
  );
}
