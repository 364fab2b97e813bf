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
const key = (module: string, part: string): string => `base_model.model.${module}.${part}`;
const renamed = (change: (name: string) => string, tensors: readonly TestTensor[] = PAIRS): TestTensor[] =>
  tensors.map((tensor) => ({ ...tensor, name: change(tensor.name) }));
const bare = (name: string): string => name.replace('base_model.model.', '');
const scored = (
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
  {
    name: 'target_parameters beside linear modules',
    row: 'target_parameters',
    adapter: {
      tensors: [
        ...PAIRS,
        { name: key('model.layers.0.mlp.experts.base_layer', 'lora_A.weight'), shape: [8, 32] },
        { name: key('model.layers.0.mlp.experts.base_layer', 'lora_B.weight'), shape: [96, 8] },
        { name: key('model.layers.0.mlp.experts', 'lora_A.weight'), shape: [8, 48] },
        { name: key('model.layers.0.mlp.experts', 'lora_B.weight'), shape: [32, 8] },
      ],
      config: { ...CONFIG, target_parameters: ['mlp.experts.gate_up_proj', 'mlp.experts.down_proj'] },
    },
    models: MODEL,
    outcome: 'carried',
  },
  {
    name: 'target_parameters only',
    row: 'target_parameters',
    adapter: {
      tensors: peftPair('model.layers.0.mlp.experts.base_layer'),
      config: { ...CONFIG, target_modules: [], target_parameters: ['mlp.experts.gate_up_proj'] },
    },
    models: MODEL,
    outcome: 'declined',
  },
  {
    name: 'embedding LoRA with saved base weights',
    row: 'Embedding LoRA',
    adapter: {
      tensors: [
        ...PAIRS,
        { name: key('model.embed_tokens', 'lora_embedding_A'), shape: [2, 9] },
        { name: key('model.embed_tokens', 'lora_embedding_B'), shape: [4, 2] },
        { name: key('model.embed_tokens', 'base_layer.weight'), shape: [9, 4] },
        { name: key('lm_head', 'base_layer.weight'), shape: [9, 4] },
      ],
      config: CONFIG,
    },
    models: { weights: { ...weights(Q, V), 'model.embed_tokens.weight': [9, 4] } },
    outcome: 'carried',
  },
  scored('tied head', 'Tied embeddings', [...PAIRS, ...peftPair('lm_head', 9, 4)], {
    weights: { ...weights(Q, V), 'model.embed_tokens.weight': [9, 4] },
    config: { tie_word_embeddings: true },
  }),
  {
    ...scored(
      'head that is not tied and not there',
      'Tied embeddings',
      [...PAIRS, ...peftPair('lm_head', 9, 4)],
      {
        weights: { ...weights(Q, V), 'model.embed_tokens.weight': [9, 4] },
        config: { tie_word_embeddings: false },
      },
    ),
    outcome: 'carried',
  },
  {
    name: 'modules_to_save under its own name',
    row: 'modules_to_save',
    adapter: {
      tensors: [...PAIRS, { name: 'base_model.model.lm_head.weight', shape: [9, 4] }],
      config: { ...CONFIG, modules_to_save: ['lm_head'] },
    },
    models: MODEL,
    outcome: 'carried',
  },
  {
    name: 'modules_to_save with its wrapper in the key',
    row: 'modules_to_save',
    adapter: {
      tensors: [...PAIRS, { name: 'base_model.model.score.modules_to_save.default.weight', shape: [2, 4] }],
      config: { ...CONFIG, modules_to_save: ['score'] },
    },
    models: MODEL,
    outcome: 'carried',
  },
  {
    name: 'DoRA',
    row: 'DoRA',
    adapter: {
      tensors: [
        ...PAIRS,
        { name: key(Q, 'lora_magnitude_vector'), shape: [6] },
        { name: key(V, 'lora_magnitude_vector'), shape: [6] },
      ],
      config: { ...CONFIG, use_dora: true },
    },
    models: MODEL,
    outcome: 'unscored',
  },
  {
    name: 'DoRA of old PEFT (.weight) in one module',
    row: 'DoRA',
    adapter: {
      tensors: [...PAIRS, { name: key(Q, 'lora_magnitude_vector.weight'), shape: [6] }],
      config: CONFIG,
    },
    models: MODEL,
    outcome: 'carried',
  },
  scored('lora_bias', 'Biases', [...PAIRS, { name: key(Q, 'lora_B.bias'), shape: [6] }]),
  scored('bias = lora_only', 'Biases', [...PAIRS, { name: key(Q, 'base_layer.bias'), shape: [6] }]),
  {
    name: 'bias = all',
    row: 'Biases',
    adapter: {
      tensors: [
        ...PAIRS,
        { name: key('model.layers.0.mlp.up_proj', 'bias'), shape: [6] },
        { name: key('model.norm', 'bias'), shape: [4] },
      ],
      config: { ...CONFIG, bias: 'all' },
    },
    models: MODEL,
    outcome: 'carried',
  },
  {
    name: 'trainable tokens',
    row: 'Trainable tokens',
    adapter: {
      tensors: [
        ...PAIRS,
        { name: key('model.embed_tokens', 'token_adapter.trainable_tokens_delta'), shape: [2, 4] },
      ],
      config: { ...CONFIG, trainable_token_indices: [1, 2] },
    },
    models: MODEL,
    outcome: 'carried',
  },
  ...['model.language_model.layers.0', 'language_model.model.layers.0', 'model.layers.0'].map((prefix) =>
    scored(`vision-language checkpoint: ${prefix}`, 'Vision-language', PAIRS, {
      weights: weights(
        `${prefix}.self_attn.q_proj`,
        `${prefix}.self_attn.v_proj`,
        'model.visual.layers.0.self_attn.q_proj',
      ),
    }),
  ),
  {
    ...scored('vision tower only', 'Vision-language', PAIRS, {
      weights: weights(
        'model.vision_tower.layers.0.self_attn.q_proj',
        'model.vision_tower.layers.0.self_attn.v_proj',
      ),
    }),
    outcome: 'declined',
  },
  {
    ...scored('two towers of one name', 'Vision-language', PAIRS, {
      weights: weights(
        V,
        'model.language_model.layers.0.self_attn.q_proj',
        'language_model.model.layers.0.self_attn.q_proj',
      ),
    }),
    outcome: 'carried',
  },
  {
    name: 'convolution LoRA',
    row: 'Convolutions',
    adapter: {
      tensors: [
        ...PAIRS,
        { name: key('model.conv', 'lora_A.weight'), shape: [2, 4, 3] },
        { name: key('model.conv', 'lora_B.weight'), shape: [6, 2, 1] },
      ],
      config: CONFIG,
    },
    models: MODEL,
    outcome: 'carried',
  },
];
