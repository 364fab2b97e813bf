import assert from 'node:assert/strict';
import { methodOf } from '../../../../src/methods';
import { fused, type FuseOptions } from '../../../../src/methods/fuse/plan';
import { adapterOf, mlxPair, PAIRS, peftPair, Q, V } from '../../../support/adapterFixture';
import { rejection } from '../../../support/rejection';
import { assertClose, EXAMPLE, updateOf, WITH_SAFETY } from '../../../support/workedExample';

const CAT: FuseOptions = { type: 'cat', taskWeight: 0.6, safetyWeight: 0.4, rank: 0 };
const CONFIG = { r: 2, lora_alpha: 4, target_modules: ['q_proj', 'v_proj'] };
const K = Q.replace('q_proj', 'k_proj');

function made(options: Partial<FuseOptions>, module = WITH_SAFETY) {
  const result = fused(module, { ...CAT, ...options });
  assert.ok(!('left' in result));
  return { ...result, update: updateOf(module, result) };
}

describe('method fuse', () => {
  it('is the exact sum of the worked example', () => {
    const { rank, update } = made({});
    assert.equal(rank, 2);
    assertClose(update, [1.2, 2.8, -0.8, -2.4, -4.4, 2.8], 1e-12);
    assertClose(made({ taskWeight: 1, safetyWeight: -1 }).update, [2, 3, -3, -4, -9, 3], 1e-12);
  });

  it('is as PEFT has it with linear, and says by how much it is off', () => {
    const { error = 0, update } = made({ type: 'linear' });
    assertClose(update, [1.89282, 4.878461, -0.8, -1.70718, -4.4, 0.721539], 2e-6);
    assertClose([error], [0.47316]);
  });

  it('is the best sum of a rank with svd', () => {
    const { error = 0, rank } = made({ type: 'svd' });
    assert.equal(rank, 1);
    assertClose([error], [0.112085]);
    assertClose(made({ type: 'svd', rank: 2 }).update, made({}).update, 1e-9);
  });

  it('is the adapter bit for bit with weight 1 and a module that the safety adapter does not have', () => {
    const left = fused(EXAMPLE, { ...CAT, taskWeight: 1 });
    assert.ok('left' in left);
    const { a } = made({ taskWeight: 1 });
    assert.deepEqual([...(a ?? [])].slice(0, 3), [...EXAMPLE.a]);
    assertClose(made({}, EXAMPLE).update, [1.2, 2.4, -1.2, -2.4, -4.8, 2.4], 1e-12);
    assertClose(made({ taskWeight: 0 }, EXAMPLE).update, [0, 0, 0, 0, 0, 0]);
  });

  it('adds modules that only the safety adapter has', async () => {
    const safety = adapterOf([...PAIRS, ...peftPair(K)], { ...CONFIG, target_modules: ['q_proj', 'k_proj'] });
    const input = { adapter: adapterOf(PAIRS, CONFIG), modules: [], results: {}, safety };
    const { step } = await methodOf('fuse').plan(input, {});
    const { configText = '', ranks } =
      step?.settle?.(new Map([Q, V, K].map((name) => [name, { rank: name === K ? 2 : 4 }]))) ?? {};
    assert.deepEqual(Object.fromEntries(ranks ?? []), { [Q]: 4, [V]: 4, [K]: 4 });
    assert.deepEqual(JSON.parse(configText), {
      ...CONFIG,
      r: 4,
      lora_alpha: 8,
      target_modules: [Q, V, K],
    });
  });

  it('refuses other models, and weights that leave nothing', async () => {
    const adapter = adapterOf(PAIRS, CONFIG);
    const plan = (safety: typeof adapter | undefined, options = {}) =>
      methodOf('fuse').plan(
        { adapter, modules: [], results: {}, ...(safety === undefined ? {} : { safety }) },
        options,
      );
    const mlx = { num_layers: 1, lora_parameters: { rank: 2, scale: 5 } };
    await rejection(plan(undefined), 'bad-request', /needs a safety adapter/);
    await rejection(plan(adapterOf(mlxPair(Q), mlx)), 'bad-request', /another layout/);
    await rejection(plan(adapterOf(peftPair(K), CONFIG)), 'bad-request', /has no module/);
    await rejection(plan(adapterOf(peftPair(Q, 8), CONFIG)), 'bad-request', /8 x 4/);
    await rejection(plan(adapter, { safetyWeight: 0 }), 'bad-request', /weight 0/);
    await rejection(plan(adapter, { rank: 3 }), 'bad-request', /svd/);
    const { step } = await plan(adapter, { taskWeight: 1, safetyWeight: -1 });
    const same = { ...EXAMPLE, safety: EXAMPLE };
    assert.ok(step?.reads === 'factors');
    const result = step.rewrite(same);
    assert.ok(!('left' in result));
    assert.throws(
      () => step.settle?.(new Map([[Q, { rank: 2, retained: result.retained ?? 1 }]])),
      /cancel each other/,
    );
  });
});
