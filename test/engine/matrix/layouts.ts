import { peftPair } from '../../support/adapterFixture';
import type { TestTensor } from '../../support/safetensorsBytes';
import type { MatrixCase, ModelSpec } from './types';

export const Q = 'model.layers.0.self_attn.q_proj';
export const V = 'model.layers.0.self_attn.v_proj';
export const CONFIG = { peft_type: 'LORA', r: 2, lora_alpha: 4, target_modules: ['q_proj', 'v_proj'] };
export const PAIRS = [...peftPair(Q), ...peftPair(V)];
export const weights = (...modules: readonly string[]): Record<string, readonly number[]> =>
  Object.fromEntries(modules.map((module) => [`${module}.weight`, [6, 4]]));
export const MODEL: ModelSpec = { weights: weights(Q, V) };
export const key = (module: string, part: string): string => `base_model.model.${module}.${part}`;
const renamed = (change: (name: string) => string, tensors: readonly TestTensor[] = PAIRS): TestTensor[] =>
  tensors.map((tensor) => ({ ...tensor, name: change(tensor.name) }));
const bare = (name: string): string => name.replace('base_model.model.', '');
export const scored = (
  name: string,
  row: string,
  tensors: readonly TestTensor[],
  models: ModelSpec = MODEL,
): MatrixCase => ({
  name,
  row,
  adapter: { tensors, config: CONFIG },
  models,
  outcome: 'scored',
});
const ATTENTION = 'transformer.h.0.attn';

/** One case or more for every row of the layouts that adapters and checkpoints have in the wild. */
export const LAYOUT_CASES: readonly MatrixCase[] = [
  scored('PEFT, causal LM', 'PEFT causal LM', PAIRS),
  scored(
    'adapter name left in the key',
    'Adapter name',
    renamed((name) => name.replace('.weight', '.default.weight')),
  ),
  scored(
    '_orig_mod left in the key',
    'Wrapper prefixes',
    renamed((name) => name.replace('model.model', 'model._orig_mod.model')),
  ),
  scored(
    '_fsdp_wrapped_module left in the key',
    'Wrapper prefixes',
    renamed((name) => name.replace('.self_attn', '._fsdp_wrapped_module.self_attn')),
  ),
  scored(
    'module. left in front',
    'Wrapper prefixes',
    renamed((name) => `module.${name}`),
  ),
  scored('no prefix: model.layers', 'No prefix', renamed(bare)),
  scored(
    'no prefix: layers',
    'No prefix',
    renamed((name) => bare(name).replace('model.', '')),
  ),
  scored('no prefix, checkpoint without model.', 'No prefix', renamed(bare), {
    weights: weights('layers.0.self_attn.q_proj', 'layers.0.self_attn.v_proj'),
  }),
  scored(
    'bare backbone in the adapter',
    'Bare backbone',
    [...peftPair('h.0.mlp.x'), ...peftPair('h.1.mlp.x')],
    { weights: weights('transformer.h.0.mlp.x', 'transformer.h.1.mlp.x') },
  ),
  scored(
    'bare backbone in the checkpoint',
    'Bare backbone',
    [...peftPair('transformer.h.0.mlp.x'), ...peftPair('transformer.h.1.mlp.x')],
    { weights: weights('h.0.mlp.x', 'h.1.mlp.x') },
  ),
  {
    name: 'GPT-2 Conv1D',
    row: 'GPT-2 Conv1D',
    adapter: {
      tensors: [...peftPair(`${ATTENTION}.c_attn`, 12, 4), ...peftPair(`${ATTENTION}.c_proj`, 4, 4)],
      config: { ...CONFIG, fan_in_fan_out: true },
    },
    models: {
      weights: { [`${ATTENTION}.c_attn.weight`]: [4, 12], [`${ATTENTION}.c_proj.weight`]: [4, 4] },
      config: { model_type: 'gpt2' },
    },
    outcome: 'scored',
  },
  scored(
    'GPT-2 Conv1D, though fan_in_fan_out is false',
    'GPT-2 Conv1D',
    [...peftPair(`${ATTENTION}.c_attn`, 12, 4), ...peftPair(`${ATTENTION}.c_proj`, 4, 4)],
    { weights: { [`${ATTENTION}.c_attn.weight`]: [4, 12], [`${ATTENTION}.c_proj.weight`]: [4, 4] } },
  ),
  scored(
    'fused qkv as one module',
    'Fused qkv',
    [
      ...peftPair('model.layers.0.self_attn.qkv_proj', 12, 4),
      ...peftPair('model.layers.0.mlp.gate_up_proj', 12, 4),
    ],
    {
      weights: {
        'model.layers.0.self_attn.qkv_proj.weight': [12, 4],
        'model.layers.0.mlp.gate_up_proj.weight': [12, 4],
      },
    },
  ),
  {
    ...scored(
      'adapter split, checkpoint fused',
      'Fused qkv',
      [...PAIRS, ...peftPair('model.layers.0.mlp.down_proj')],
      {
        weights: {
          'model.layers.0.self_attn.qkv_proj.weight': [18, 4],
          ...weights('model.layers.0.mlp.down_proj'),
        },
      },
    ),
    outcome: 'carried',
  },
  {
    ...scored(
      'adapter fused, checkpoint split',
      'Fused qkv',
      peftPair('model.layers.0.self_attn.qkv_proj', 18, 4),
    ),
    outcome: 'declined',
  },
  scored(
    'one module for each expert',
    'Mixture of experts, one',
    [
      ...peftPair('model.layers.0.mlp.experts.7.down_proj'),
      ...peftPair('model.layers.0.mlp.experts.10.down_proj'),
    ],
    { weights: weights('model.layers.0.mlp.experts.7.down_proj', 'model.layers.0.mlp.experts.10.down_proj') },
  ),
  scored(
    'Mixtral, transformers 4',
    'Mixture of experts, one',
    [
      ...peftPair('model.layers.0.block_sparse_moe.experts.7.w1'),
      ...peftPair('model.layers.0.block_sparse_moe.experts.7.w2'),
    ],
    {
      weights: weights(
        'model.layers.0.block_sparse_moe.experts.7.w1',
        'model.layers.0.block_sparse_moe.experts.7.w2',
      ),
    },
  ),
  {
    ...scored(
      'one module for each expert, checkpoint stacked',
      'Mixture of experts, one',
      [...PAIRS, ...peftPair('model.layers.0.mlp.experts.7.gate_up_proj')],
      { weights: { ...weights(Q, V), 'model.layers.0.mlp.experts.gate_up_proj': [8, 6, 4] } },
    ),
    outcome: 'carried',
  },
];
