import { peftPair } from '../../support/adapterFixture';
import { CONFIG, key, MODEL, PAIRS, Q, scored, V, weights } from './layouts';
import type { MatrixCase } from './types';

/** Adapters that hold more than LoRA pairs of linear layers, and checkpoints of several towers. */
export const PART_CASES: readonly MatrixCase[] = [
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
  {
    ...scored('lora_bias', 'Biases', [...PAIRS, { name: key(Q, 'lora_B.bias'), shape: [6] }]),
    outcome: 'carried',
  },
  {
    ...scored('bias = lora_only', 'Biases', [...PAIRS, { name: key(Q, 'base_layer.bias'), shape: [6] }]),
    outcome: 'carried',
  },
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
