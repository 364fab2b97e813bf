import assert from 'node:assert/strict';
import { methodOf } from '../../../../src/methods';
import { compressed } from '../../../../src/methods/compress/plan';
import { sumOf } from '../../../../src/methods/terms';
import { adapterOf, peftPair, PAIRS, Q } from '../../../support/adapterFixture';
import { rejection } from '../../../support/rejection';
import { assertClose, updateOf, WITH_SAFETY } from '../../../support/workedExample';

const module = (layer: number, part: string): string => `model.layers.${layer}.${part}`;
const CONFIG = { r: 2, lora_alpha: 4, target_modules: ['q_proj', 'up_proj', 'down_proj'] };

describe('method compress', () => {
  it('is the best product of a rank, with its exact error, and the same again', () => {
    const { m, n, safety } = WITH_SAFETY;
    assert.ok(safety);
    const sum = sumOf(m, n, [
      { ...WITH_SAFETY, factor: 1.2 },
      { ...safety, factor: 0.4 },
    ]);
    const given = { ...sum, name: 'q_proj', scale: 1 };
    const made = compressed(given, 1);
    assert.ok(!('left' in made));
    // Singular values 6.507019 and 0.733967.
    assertClose([made.error ?? 0], [0.112085]);
    assertClose([Math.hypot(...updateOf(given, made))], [6.507019]);
    const again = compressed({ ...given, ...made, rank: 1 }, 1);
    assert.ok('left' in again);
    assert.ok(Math.max(...(made.b ?? [])) > -Math.min(...(made.b ?? [])));
  });

  it('has no error at full rank', () => {
    const rank = 3;
    const [a, b] = [12, 18].map((length) => Float64Array.from({ length }, (_, at) => Math.sin(3 * at + 1)));
    assert.ok(a && b);
    // The third one is the sum of the others.
    for (let j = 0; j < 4; j++) a[8 + j] = (a[j] ?? 0) + (a[4 + j] ?? 0);
    const given = { ...{ name: Q, m: 6, n: 4, rank, scale: 1 }, a, b };
    const made = compressed(given, 2);
    assert.ok(!('left' in made) && (made.error ?? 1) < 1e-6);
    assertClose(updateOf(given, made), updateOf(given, {}), 1e-7);
  });

  it('keeps kinds of modules and the middle layers', async () => {
    const names = Array.from({ length: 6 }, (_, layer) =>
      ['self_attn.q_proj', 'mlp.up_proj', 'mlp.down_proj'].map((part) => module(layer, part)),
    ).flat();
    const adapter = adapterOf(
      names.flatMap((name) => peftPair(name)),
      CONFIG,
    );
    const plan = await methodOf('compress').plan(
      { adapter, modules: [], results: {} },
      { parts: 'mlp-up', layers: 'middle' },
    );
    const staying = [module(2, 'mlp.up_proj'), module(3, 'mlp.up_proj')];
    assert.deepEqual(
      names.filter((name) => plan.step?.skip?.has(name) !== true),
      staying,
    );
    const { configText = '', ranks } =
      plan.step?.settle?.(new Map(staying.map((name) => [name, { rank: 1 }]))) ?? {};
    assert.deepEqual(JSON.parse(configText), { ...CONFIG, r: 1, lora_alpha: 2, target_modules: staying });
    assert.deepEqual([...(ranks?.values() ?? [])], [1, 1]);
  });

  it('halves ranks along its curve, down to 1', () => {
    const lines = methodOf('compress').curve?.lines({ modules: 8, rank: 8 }) ?? [];
    assert.deepEqual(
      lines.map((line) => line.map(({ options }) => options['rank'])),
      [[6, 4, 3, 2, 1]],
    );
  });

  it('refuses what changes nothing or leaves nothing', async () => {
    const input = { adapter: adapterOf(PAIRS), modules: [], results: {} };
    const { plan } = { plan: (options: object) => methodOf('compress').plan(input, { ...options }) };
    await rejection(plan({ rank: 2 }), 'bad-request', /rank 2 or less/);
    await rejection(plan({ parts: 'mlp' }), 'bad-request', /No module/);
  });
});
