import assert from 'node:assert/strict';
import { methodOf } from '../../../src/methods';
import { adapterOf, PAIRS, peftPair, Q, V } from '../../support/adapterFixture';
import { rejection } from '../../support/rejection';
import { assertClose, EXAMPLE, EXAMPLE_SUBSPACES, updateOf } from '../../support/workedExample';

/** `V_1` of the worked example. */
const V1 = [1.83205, -0.27735, 1.193375, -0.5547, 0.083975, -0.361325];
const CONFIG = { r: 2, lora_alpha: 4, target_modules: ['q_proj', 'v_proj'] };

async function step(
  method: string,
  options: Readonly<Record<string, unknown>>,
  adapter = adapterOf(PAIRS, CONFIG),
) {
  const { step: made } = await methodOf(method).plan({ adapter, modules: [], results: {} }, options);
  assert.ok(made?.reads === 'subspaces');
  return made;
}

describe('methods that add the alignment', () => {
  it('extrapolate alone is the worked example of LoX, with the largest left element positive', async () => {
    const alone = await step('extrapolate', { k: 1, coefficient: 1, write: 'alone' });
    const made = alone.rewrite(EXAMPLE, EXAMPLE_SUBSPACES);
    assert.ok(!('left' in made));
    assertClose(updateOf(EXAMPLE, made), V1);
    assertClose(made.b ?? [], [1.452377, -0.439745]);
    assertClose([made.energy ?? 0], [0.870367]);
  });

  it('both add it to the update exactly, also to an update of zero', async () => {
    for (const made of [
      (await step('extrapolate', { k: 1, coefficient: 0.5 })).rewrite(EXAMPLE, EXAMPLE_SUBSPACES),
      (await step('add-vector', { k: 1, strength: 0.5 })).rewrite(EXAMPLE, EXAMPLE_SUBSPACES),
    ]) {
      assert.ok(!('left' in made));
      assert.equal(made.rank, 2);
      const dW = updateOf(EXAMPLE, {});
      assertClose(
        updateOf(EXAMPLE, made),
        dW.map((value, at) => value + 0.5 * (V1[at] ?? 0)),
      );
    }
    assert.equal((await step('add-vector', {})).takesAll, true);
  });

  it('gives all modules the largest rank, and one scale', async () => {
    const { settle } = await step('extrapolate', { k: 3 });
    const { ranks, configText = '', factor } = settle?.(new Map([[Q, { rank: 5 }]])) ?? {};
    assert.deepEqual(Object.fromEntries(ranks ?? []), { [Q]: 5, [V]: 5 });
    assert.deepEqual(JSON.parse(configText), { ...CONFIG, r: 5, lora_alpha: 10 });
    assert.equal(factor?.(V), 1);
  });

  it('folds scales into A where alpha would be no whole number, or modules differ', async () => {
    const config = {
      r: 2,
      lora_alpha: 3,
      use_rslora: true,
      rank_pattern: { v_proj: 3 },
      alpha_pattern: { v_proj: 6 },
    };
    const adapter = adapterOf([...peftPair(Q), ...peftPair(V, 6, 4, 3)], config);
    const { settle } = await step('extrapolate', { k: 1 }, adapter);
    const { configText = '', factor } =
      settle?.(
        new Map([
          [Q, { rank: 3 }],
          [V, { rank: 4 }],
        ]),
      ) ?? {};
    const written = { r: 4, lora_alpha: 4, use_rslora: false, rank_pattern: {}, alpha_pattern: {} };
    assert.deepEqual(JSON.parse(configText), written);
    assertClose([factor?.(Q) ?? 0, factor?.(V) ?? 0], [3 / Math.SQRT2, 6 / Math.sqrt(3)], 1e-12);
  });

  it('needs a config for another rank, and an update of s B A', async () => {
    const { settle } = await step('add-vector', {}, adapterOf(PAIRS));
    assert.throws(() => settle?.(new Map([[Q, { rank: 18 }]])), /no adapter_config.json/);
    const adapter = adapterOf(PAIRS, { ...CONFIG, use_dora: true });
    await rejection(methodOf('add-vector').plan({ adapter, modules: [], results: {} }, {}), 'bad-request');
    await rejection(step('extrapolate', { coefficient: 0 }), 'bad-request');
  });
});
