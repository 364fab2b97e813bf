import assert from 'node:assert/strict';
import { methodOf } from '../../../../src/methods';
import { onSubspace, settleProject } from '../../../../src/methods/project/plan';
import { adapterOf, PAIRS, Q } from '../../../support/adapterFixture';
import { english } from '../../../support/english';
import { rejection } from '../../../support/rejection';
import {
  assertClose,
  EXAMPLE,
  EXAMPLE_CB,
  EXAMPLE_SUBSPACES,
  updateOf,
} from '../../../support/workedExample';

describe('method project', () => {
  const input = { adapter: adapterOf(PAIRS), modules: [], results: {} };

  it('is the worked example of Safe LoRA', async () => {
    const { step } = await methodOf('project').plan(input, {});
    assert.ok(step?.reads === 'products');
    const made = step.rewrite(EXAMPLE, { cb: EXAMPLE_CB });
    assert.ok(!('left' in made));
    assertClose(updateOf(EXAMPLE, made), [5.291503, 10.583005, -5.291503, -3.779645, -7.559289, 3.779645]);
    assertClose([made.cosine ?? 0, made.retained ?? 0], [0.883788, 1.454058]);
  });

  it('projects onto a subspace: once more changes nothing', () => {
    const once = onSubspace(EXAMPLE, EXAMPLE_SUBSPACES);
    assertClose(onSubspace({ rank: 1, b: once }, EXAMPLE_SUBSPACES), [...once], 1e-8);
    const rest = EXAMPLE.b.map((value, at) => value - (once[at] ?? 0));
    assertClose(rest, [-0.470725, -1.5547]);
  });

  it('takes exactly as many as asked, also of equal cosines, or all up to the limit', () => {
    const figures = [0.3, 0.1, 0.3, 0.9].map((cosine) => ({ rank: 2, cosine, retained: 0.001 }));
    const written = new Map(figures.map((one, at) => [`m${at}`, one]));
    const leftBy = (by: 'count' | 'cosine', modules: number, cosine: number): string[] => [
      ...(settleProject(written, { by, modules, cosine }).left?.keys() ?? []),
    ];
    assert.deepEqual(leftBy('count', 2, 0), ['m2', 'm3']);
    assert.deepEqual(leftBy('cosine', 1, 0.3), ['m3']);
    assert.deepEqual(leftBy('count', 9, 0), []);
    const { notes } = settleProject(written, { by: 'count', modules: 1, cosine: 0 });
    assert.match(english(notes[0] ?? { text: '' }), /as good as removing/);
  });

  it('refuses what is not s B A, and a trained bias', async () => {
    const biased = adapterOf([...PAIRS, { name: `base_model.model.${Q}.lora_B.bias`, shape: [6] }]);
    const dora = adapterOf(PAIRS, { use_dora: true });
    for (const adapter of [biased, dora])
      await rejection(methodOf('project').plan({ ...input, adapter }, {}), 'bad-request');
  });
});
