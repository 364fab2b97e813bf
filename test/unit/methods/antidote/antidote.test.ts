import assert from 'node:assert/strict';
import { methodOf } from '../../../../src/methods';
import { withoutTop } from '../../../../src/methods/antidote/plan';
import type { LeftModule, Rewritten } from '../../../../src/methods/types';
import { adapterOf, PAIRS } from '../../../support/adapterFixture';
import { rejection } from '../../../support/rejection';
import { EXAMPLE } from '../../../support/workedExample';

/** Norms of the columns of X, and of `X Aᵀ`. */
const ACTIVATIONS = { inputs: Float64Array.of(3, 3, 3), low: Float64Array.of(14) };
const published = { share: 0.34, factors: 'both', score: 'activations' } as const;

describe('method antidote', () => {
  it('zeroes what counts most of each row, as in the worked example', () => {
    for (const score of ['activations', 'magnitude'] as const) {
      const made = withoutTop({ ...EXAMPLE, activations: ACTIVATIONS }, { ...published, score });
      assertFactors(made, [1, 0, 0], [0, 0]);
    }
  });

  it('counts by what the factors read', () => {
    const module = {
      ...{ name: 'one', m: 1, n: 3, rank: 2, scale: 1 },
      a: Float64Array.of(1, 2, 3, 3, 2, 1),
      b: Float64Array.of(1, 2),
      activations: { inputs: Float64Array.of(100, 1, 1), low: Float64Array.of(9, 1) },
    };
    // Of 3 entries one stays, of 2 one.
    assertFactors(withoutTop(module, { ...published, share: 0.4 }), [0, 2, 0, 0, 0, 1], [0, 2]);
    const first = withoutTop(module, { ...published, share: 0.4, factors: 'a' });
    assertFactors(first, [0, 2, 0, 0, 0, 1], undefined);
  });

  it('leaves a module of which less than one entry of a row would go', () => {
    const made = withoutTop({ ...EXAMPLE, activations: ACTIVATIONS }, { ...published, share: 0 });
    assert.ok('left' in made);
  });

  it('asks for passes, unless it counts magnitudes, and refuses a share that leaves nothing', async () => {
    const input = { adapter: adapterOf(PAIRS), modules: [], results: {} };
    const recorded = { ...input, hasPasses: true };
    const method = methodOf('antidote');
    await rejection(method.plan(input, {}), 'bad-request', /passes of prompts/);
    await rejection(method.plan(recorded, { share: 0.9 }), 'bad-request', /no entry would be left/);
    const all = { share: 1, factors: 'a' };
    await rejection(method.plan(recorded, all), 'bad-request', /no entry would be left/);
    const { step } = await method.plan(input, { score: 'magnitude' });
    assert.equal(step?.reads, 'factors');
  });

  it('says for which module nothing was recorded', () => {
    assert.throws(() => withoutTop(EXAMPLE, published), /No activations of "q_proj"/);
  });
});

function assertFactors(
  made: Rewritten | LeftModule,
  a: readonly number[],
  b: readonly number[] | undefined,
): void {
  assert.ok(!('left' in made));
  assert.deepEqual([...(made.a ?? [])], a);
  assert.deepEqual(made.b && [...made.b], b);
}
