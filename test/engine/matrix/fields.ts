import { mlxPair, Q, V, PAIRS } from '../../support/adapterFixture';
import type { ModelSpec } from '../../support/models';
import type { TestTensor } from '../../support/safetensorsBytes';
import { CONFIG, made, MODEL, weights } from './layouts';
import type { MatrixCase } from './types';

const field = (name: string, fields: object): MatrixCase =>
  made(name, PAIRS, MODEL, { ...CONFIG, ...fields });
const NULLS = [
  ...['modules_to_save', 'rank_pattern', 'alpha_pattern', 'exclude_modules', 'layer_replication'],
  ...['target_parameters', 'use_dora', 'bias', 'layers_to_transform'],
];

/** Fields of PEFT's config, over its versions. Those that are refused are in the unit tests of core/adapter. */
const FIELDS: readonly MatrixCase[] = [
  field('rsLoRA', { use_rslora: true }),
  field('rank_pattern and alpha_pattern', { rank_pattern: { q_proj: 2 }, alpha_pattern: { '.*v_proj': 8 } }),
  field('alpha_pattern that cannot be evaluated', { alpha_pattern: { '(?<=a)q_proj': 8 } }),
  field('rank of the config differs', { r: 8 }),
  field('lora_alpha 16.0', { lora_alpha: 16.5 }),
  field('lora_alpha 0', { lora_alpha: 0 }),
  field('all fields null', Object.fromEntries(NULLS.map((name) => [name, null]))),
  field('unknown fields', { some_new_config: { a: 1 } }),
  field('layers_to_transform', { layers_to_transform: [0], layers_pattern: 'layers' }),
  made('config with only peft_type', PAIRS, MODEL, { peft_type: 'LORA' }),
  { name: 'no config', adapter: { tensors: PAIRS }, models: MODEL },
  field('init_lora_weights pissa', { init_lora_weights: 'pissa' }),
  field('aLoRA', { alora_invocation_tokens: [1, 2] }),
  field('peft_type IA3', { peft_type: 'IA3' }),
  made('config that is no JSON', PAIRS, MODEL, '{"r": 8'),
  made(
    'B is zero everywhere',
    PAIRS.map((tensor) =>
      tensor.name.includes('lora_B') ? { ...tensor, data: new Uint8Array(48) } : tensor,
    ),
  ),
  made(
    'NaN in lora_A',
    PAIRS.map((tensor, i) => (i === 0 ? { ...tensor, data: new Uint8Array(32).fill(0xff) } : tensor)),
  ),
  made(
    'F8 factors',
    PAIRS.map((tensor) => ({ ...tensor, dtype: 'F8_E4M3' as const })),
  ),
];

const LORA = { rank: 2, scale: 20, dropout: 0 };
const MLX = { num_layers: 1, model: 'org/model', lora_parameters: LORA };
const MLX_PAIRS = [...mlxPair(Q), ...mlxPair(V)];
const mlx = (
  name: string,
  tensors: readonly TestTensor[] = MLX_PAIRS,
  config: object = MLX,
  models: ModelSpec = MODEL,
): MatrixCase => ({ name, adapter: { tensors, file: 'adapters.safetensors', config }, models });

/** mlx-lm's adapters. */
const MLX_CASES: readonly MatrixCase[] = [
  mlx('MLX'),
  mlx('MLX with keys', MLX_PAIRS, {
    ...MLX,
    lora_parameters: { ...LORA, keys: ['self_attn.q_proj', 'self_attn.v_proj'] },
  }),
  {
    name: 'MLX without a config',
    adapter: { tensors: MLX_PAIRS, file: 'adapters.safetensors' },
    models: MODEL,
  },
  mlx('MLX without a scale, with alpha', MLX_PAIRS, { lora_parameters: { rank: 2, alpha: 16, dropout: 0 } }),
  mlx('MLX DoRA', [...MLX_PAIRS, { name: `${Q}.m`, shape: [6] }], { ...MLX, fine_tune_type: 'dora' }),
  mlx('MLX full fine-tune', [{ name: `${Q}.weight`, shape: [6, 4] }], { ...MLX, fine_tune_type: 'full' }),
  mlx('MLX stacked experts', [
    ...MLX_PAIRS,
    { name: 'model.layers.0.mlp.switch_mlp.up_proj.lora_a', shape: [3, 2, 4] },
    { name: 'model.layers.0.mlp.switch_mlp.up_proj.lora_b', shape: [3, 6, 2] },
  ]),
  mlx('MLX embedding', [...MLX_PAIRS, ...mlxPair('model.embed_tokens', 4, 9)]),
  mlx('MLX quantised checkpoint', MLX_PAIRS, MLX, {
    weights: weights(Q, V),
    config: { quantization: { group_size: 64, bits: 4 } },
  }),
];

/** Adapters of other kinds, told by their tensors' names: all of them are in the unit test of families. */
const FOREIGN: readonly MatrixCase[] = [
  ['kohya', 'lora_unet_down_blocks_0_attentions_0_to_q.lora_down.weight'],
  ['diffusers .lora.down', 'unet.down_blocks.0.to_q.lora.down.weight'],
].map(([name = '', tensor = '']) => ({
  name,
  adapter: { tensors: [{ name: tensor, shape: [2, 2] }], file: 'weights.safetensors' },
  models: MODEL,
}));

export const FIELD_CASES = [...FIELDS, ...MLX_CASES, ...FOREIGN];
