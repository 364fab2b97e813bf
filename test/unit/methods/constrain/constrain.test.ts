import assert from 'node:assert/strict';
import { mainDirections } from '../../../../src/core/algebra/mainDirections';
import { methodOf } from '../../../../src/methods';
import { constrained } from '../../../../src/methods/constrain/plan';
import { adapterOf, PAIRS } from '../../../support/adapterFixture';
import { rejection } from '../../../support/rejection';
import { assertClose, EXAMPLE, updateOf } from '../../../support/workedExample';

/** `Y = X Wᵀ` of the worked example. */
const OUTPUTS = Float64Array.of(4, 0, 4, 3, 2, 3, 5, 3);

describe('method constrain', () => {
  it('takes the update off the main direction of the outputs, as in the worked example', () => {
    const [first] = mainDirections(OUTPUTS, 2, 1);
    assert.ok(first);
    assertClose(first.map(Math.abs), [0.853802, 0.520597]);
    const made = constrained({ ...EXAMPLE, refusals: first }, 1);
    assertClose(made.b ?? [], [1.159996, -1.902444]);
    assertClose(updateOf(EXAMPLE, made), [2.319993, 4.639985, -2.319993, -3.804888, -7.609775, 3.804888]);
    assertClose([made.retained ?? 0], [0.996482]);
  });

  it('is the same again', () => {
    const [first] = mainDirections(OUTPUTS, 2, 1);
    assert.ok(first);
    const { b = EXAMPLE.b } = constrained({ ...EXAMPLE, refusals: first }, 1);
    assertClose(constrained({ ...EXAMPLE, b, refusals: first }, 1).b ?? [], [...b], 1e-15);
  });

  it('leaves nothing with as many directions as outputs', () => {
    const refusals = Float64Array.of(0.6, 0.8, -0.8, 0.6);
    assertClose(constrained({ ...EXAMPLE, refusals }, 2).b ?? [], [0, 0], 1e-15);
  });

  it('refuses directions that are not orthonormal, and none', () => {
    const refusals = Float64Array.of(0.6, 0.9);
    assert.throws(() => constrained({ ...EXAMPLE, refusals }, 1), /not orthonormal/);
    assert.throws(() => constrained(EXAMPLE, 1), /No outputs of "q_proj"/);
  });

  it('needs passes, and refuses directions that leave nothing', async () => {
    const input = { adapter: adapterOf(PAIRS), modules: [], results: {} };
    const method = methodOf('constrain');
    await rejection(method.plan(input, {}), 'bad-request', /passes of prompts/);
    const recorded = { ...input, hasPasses: true };
    await rejection(method.plan(recorded, { directions: 6 }), 'bad-request', /no update would be left/);
    const { step } = await method.plan(recorded, { directions: 5 });
    assert.equal(step?.reads, 'factors');
  });
});
