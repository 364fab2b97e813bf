import assert from 'node:assert/strict';
import { planBake } from '../../../../src/methods/prune/bakeScale';
import type { TensorFate } from '../../../../src/core/safetensors/writePlan';
import { adapterOf, mlxPair, peftPair } from '../../../support/adapterFixture';
import { thrownData } from '../../../support/rejection';
import { f32, type TestTensor } from '../../../support/safetensorsBytes';
import { english } from '../../../support/english';

const Q = 'model.layers.0.self_attn.q_proj';
const V = 'model.layers.0.self_attn.v_proj';
const TENSORS: readonly TestTensor[] = [
  ...peftPair(Q, 6, 4, 2),
  ...peftPair(V, 6, 4, 1),
  { name: `base_model.model.${V}.lora_B.bias`, shape: [6] },
];

function bake(tensors: readonly TestTensor[], config: object, kept = [Q, V]): ReturnType<typeof planBake> {
  const text = JSON.stringify(config);
  return planBake(adapterOf(tensors, text), text, new Set(kept));
}

function transform(
  fate: TensorFate | undefined,
  bytes: Uint8Array,
): { values: number[]; shape: readonly number[] } {
  assert.ok(typeof fate === 'object' && 'transform' in fate);
  const made = fate.transform(bytes);
  return { values: [...new Float32Array(made.buffer, made.byteOffset, made.length / 4)], shape: fate.shape };
}

describe('planBake', () => {
  it('gives all kept modules one rank and one scale, and drops the patterns', () => {
    const config = { r: 2, lora_alpha: 4, rank_pattern: { v_proj: 1 }, alpha_pattern: { v_proj: 3 }, x: 1 };
    const { fates, configText, notes } = bake(TENSORS, config);
    assert.deepEqual(JSON.parse(configText), { ...config, rank_pattern: {}, alpha_pattern: {} });
    // q: 4/2 = 2, the scale of the result; v: 3/1 = 3, thus 1.5 times as much.
    assert.deepEqual(
      [...fates.keys()],
      ['lora_A.weight', 'lora_B.weight', 'lora_B.bias'].map((part) => `base_model.model.${V}.${part}`),
    );
    const b = transform(fates.get(`base_model.model.${V}.lora_B.weight`), f32(1, 2, 3, 4, 5, 6));
    assert.deepEqual(b, { shape: [6, 2], values: [1.5, 0, 3, 0, 4.5, 0, 6, 0, 7.5, 0, 9, 0] });
    const a = transform(fates.get(`base_model.model.${V}.lora_A.weight`), f32(1, 2, 3, 4));
    assert.deepEqual(a, { shape: [2, 4], values: [1, 2, 3, 4, 0, 0, 0, 0] });
    const bias = transform(fates.get(`base_model.model.${V}.lora_B.bias`), f32(2, 2, 2, 2, 2, 2));
    assert.deepEqual(bias, { shape: [6], values: [3, 3, 3, 3, 3, 3] });
    assert.match(notes.map(english).join(' '), /baked into lora_B of "?model.*padded to 2/);
  });

  it('follows the kept modules: r is their largest rank, and with rsLoRA the scale is alpha/sqrt(r)', () => {
    const config = { r: 2, lora_alpha: 4, use_rslora: true, alpha_pattern: { v_proj: 2 } };
    const { fates, configText } = bake(TENSORS, config, [V]);
    assert.equal((JSON.parse(configText) as { r: number }).r, 1);
    const b = transform(fates.get(`base_model.model.${V}.lora_B.weight`), f32(4, 4, 4, 4, 4, 4));
    assert.deepEqual(b.values, [2, 2, 2, 2, 2, 2]);
  });

  it('adds r where the config relied on its default', () => {
    const { configText } = bake(peftPair(Q, 6, 4, 4), { lora_alpha: 8 }, [Q]);
    assert.deepEqual(JSON.parse(configText), { lora_alpha: 8, r: 4 });
  });

  it('does not let one high rank make a large file of a small one', () => {
    const pairs = (others: number): readonly TestTensor[] => [
      ...peftPair(Q, 1, 1, 4096),
      ...Array.from({ length: others }, (_, at) => peftPair(`layers.${String(at)}.q_proj`, 64, 64, 1)).flat(),
    ];
    const kept = (others: number): string[] => [
      Q,
      ...Array.from({ length: others }, (_, at) => `layers.${String(at)}.q_proj`),
    ];
    assert.equal(bake(pairs(31), { r: 1 }, kept(31)).fates.size, 62);
    const { message, advice } = thrownData(() => bake(pairs(33), { r: 1 }, kept(33)), 'bad-request');
    assert.match(
      english(message),
      /rank 4096, which "model\.layers\.0\.self_attn\.q_proj" has, would make their factors grow from 49\.\d kB to 69\.\d MB/,
    );
    assert.match(english(advice), /Prune that module too/);
  });

  it('says that nothing was to be baked', () => {
    const { fates, notes } = bake(peftPair(Q), { r: 2 }, [Q]);
    assert.deepEqual(
      [fates.size, notes.map(english)],
      [0, ['There was nothing to bake: all kept modules have one rank and one scale.']],
    );
  });

  it('pads MLX adapters of mixed rank, transposed', () => {
    const tensors = [...mlxPair(Q, 6, 4, 2), ...mlxPair(V, 6, 4, 1)];
    const config = { num_layers: 1, lora_parameters: { rank: 1, scale: 20, dropout: 0 } };
    const { fates, configText } = bake(tensors, config);
    assert.deepEqual(JSON.parse(configText), {
      num_layers: 1,
      lora_parameters: { rank: 2, scale: 20, dropout: 0 },
    });
    assert.deepEqual(transform(fates.get(`${V}.lora_a`), f32(1, 2, 3, 4)), {
      shape: [4, 2],
      values: [1, 0, 2, 0, 3, 0, 4, 0],
    });
    assert.deepEqual(transform(fates.get(`${V}.lora_b`), f32(1, 2, 3, 4, 5, 6)).shape, [2, 6]);
  });

  it('refuses what cannot be baked, and says so', () => {
    const refusal = (config: object, tensors = TENSORS): string =>
      english(thrownData(() => bake(tensors, config), 'bad-request').message);
    assert.match(refusal({ r: 2, lora_alpha: 0 }), /lora_alpha is 0/);
    assert.match(refusal({ r: 2, alpha_pattern: { '(?<=x)q_proj': 3 } }), /cannot be evaluated/);
    assert.match(refusal({ r: 2, target_parameters: ['mlp.experts.down_proj'] }), /target_parameters/);
    const odd = TENSORS.map((tensor) => ({ ...tensor, dtype: 'F8_E4M3' as const }));
    assert.match(refusal({ r: 2 }, odd), /F8_E4M3, which cannot be scaled/);
    const adapter = adapterOf(TENSORS);
    thrownData(() => planBake(adapter, undefined, new Set([Q])), 'bad-request', /no adapter_config/);
  });
});
