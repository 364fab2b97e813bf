import assert from 'node:assert/strict';
import { methodOf } from '../../../../src/methods';
import { truncated } from '../../../../src/methods/irr/plan';
import { adapterOf, PAIRS } from '../../../support/adapterFixture';
import { assertClose, EXAMPLE, updateOf } from '../../../support/workedExample';

/** `R = [[2, 4, 0], [-4, 0, 4]]` of the second safety vector: σ = 6, 4. */
const UPDATE = {
  output: [Float64Array.of(1, -2), Float64Array.of(2, 1)].map((u) => u.map((value) => value / Math.sqrt(5))),
  input: [Float64Array.of(5, 2, -4), Float64Array.of(0, 2, 1)].map((y) => {
    const norm = Math.hypot(...y);
    return y.map((value) => value / norm);
  }),
  values: [6, 4],
  norm: Math.sqrt(52),
};

describe('method irr', () => {
  it('is the best rank of the masked update of the worked example, with its error', () => {
    const made = truncated(EXAMPLE, UPDATE, 0);
    assertClose([made.error ?? 0], [0.5547]);
    assert.equal(made.rank, 1);
    const whole = truncated(EXAMPLE, UPDATE, 2);
    assert.ok((whole.error ?? 1) < 1e-7);
    assertClose(updateOf(EXAMPLE, whole), [2, 4, 0, -4, 0, 4], 1e-9);
    assertClose(
      updateOf({ ...EXAMPLE, scale: -2 }, truncated({ ...EXAMPLE, scale: -2 }, UPDATE, 2)),
      [2, 4, 0, -4, 0, 4],
      1e-9,
    );
  });

  it('is zero where no entry is left', () => {
    const made = truncated(EXAMPLE, { output: [], input: [], values: [], norm: 0 }, 0);
    assert.deepEqual([...(made.b ?? [])], [0, 0]);
  });

  it('asks for the mask and as many values as the largest rank', async () => {
    const input = { adapter: adapterOf(PAIRS), modules: [], results: {} };
    const { step } = await methodOf('irr').plan(input, { threshold: 1.5, zeros: 'remove' });
    assert.ok(step?.reads === 'masked');
    assert.deepEqual([step.mask, step.k], [{ threshold: 1.5, zeros: 'remove' }, 2]);
  });
});
