import { peftPair, Q, V, PAIRS } from '../../support/adapterFixture';
import type { AdapterSpec, ModelSpec } from '../../support/models';
import type { TestTensor } from '../../support/safetensorsBytes';
import type { MatrixCase } from './types';

export const CONFIG = { peft_type: 'LORA', r: 2, lora_alpha: 4, target_modules: '.*' };
export const MODEL: ModelSpec = { weights: weights(Q, V) };

function pairs(...modules: readonly string[]): TestTensor[] {
  return modules.flatMap((module) => peftPair(module));
}

/** The weights of `pairs`. */
export function weights(...modules: readonly string[]): Record<string, readonly number[]> {
  return Object.fromEntries(modules.map((module) => [`${module}.weight`, [6, 4]]));
}

export const made = (
  name: string,
  tensors: readonly TestTensor[],
  models: ModelSpec = MODEL,
  config: NonNullable<AdapterSpec['config']> = CONFIG,
): MatrixCase => ({ name, adapter: { tensors, config }, models });

const renamed = (name: string, change: (name: string) => string, models = MODEL): MatrixCase =>
  made(
    name,
    PAIRS.map((tensor) => ({ ...tensor, name: change(tensor.name) })),
    models,
  );
const bare = (name: string): string => name.replace('base_model.model.', '');
/** `PAIRS` and another tensor of a PEFT adapter for each shape. */
const beside = (shapes: Readonly<Record<string, readonly number[]>>): TestTensor[] => [
  ...PAIRS,
  ...Object.entries(shapes).map(([name, shape]) => ({ name: `base_model.model.${name}`, shape })),
];
/** Modules that the model has under the same or other names. */
const named = (name: string, modules: readonly string[], inModel = modules): MatrixCase =>
  made(name, pairs(...modules), { weights: weights(...inModel) });

const ATTENTION = 'transformer.h.0.attn';
const CONV1D = {
  tensors: [...peftPair(`${ATTENTION}.c_attn`, 12, 4), ...peftPair(`${ATTENTION}.c_proj`, 4, 4)],
  weights: { [`${ATTENTION}.c_attn.weight`]: [4, 12], [`${ATTENTION}.c_proj.weight`]: [4, 4] },
};
const MLP = 'model.layers.0.mlp';
const MIXTRAL = ['w1', 'w2'].map((name) => `model.layers.0.block_sparse_moe.experts.7.${name}`);
const FUSED = [`${MLP}.gate_up_proj`, 'model.layers.0.self_attn.qkv_proj'];
const EMBEDDED = { ...weights(Q, V), 'model.embed_tokens.weight': [9, 4] };
const HEAD = [...PAIRS, ...peftPair('lm_head', 9, 4)];
const TOWER = 'model.vision_tower.layers.0.self_attn';

/** One case or more for every layout that adapters and checkpoints have in the wild. */
const LAYOUTS: readonly MatrixCase[] = [
  made('PEFT, causal LM', PAIRS),
  renamed('adapter name left in the key', (name) => name.replace('.weight', '.default.weight')),
  renamed('_orig_mod left in the key', (name) => name.replace('model.model', 'model._orig_mod.model')),
  renamed('_fsdp_wrapped_module left in the key', (name) =>
    name.replace('.self_attn', '._fsdp_wrapped_module.self_attn'),
  ),
  renamed('module. left in front', (name) => `module.${name}`),
  renamed('no prefix: model.layers', bare),
  renamed('no prefix: layers', (name) => bare(name).replace('model.', '')),
  renamed('no prefix, checkpoint without model.', bare, {
    weights: weights('layers.0.self_attn.q_proj', 'layers.0.self_attn.v_proj'),
  }),
  named(
    'bare backbone in the adapter',
    ['h.0.mlp.x', 'h.1.mlp.x'],
    ['transformer.h.0.mlp.x', 'transformer.h.1.mlp.x'],
  ),
  named(
    'bare backbone in the checkpoint',
    ['transformer.h.0.mlp.x', 'transformer.h.1.mlp.x'],
    ['h.0.mlp.x', 'h.1.mlp.x'],
  ),
  made(
    'GPT-2 Conv1D',
    CONV1D.tensors,
    { weights: CONV1D.weights, config: { model_type: 'gpt2' } },
    { ...CONFIG, fan_in_fan_out: true },
  ),
  made('GPT-2 Conv1D, though fan_in_fan_out is false', CONV1D.tensors, { weights: CONV1D.weights }),
  made(
    'fused qkv as one module',
    FUSED.flatMap((name) => peftPair(name, 12, 4)),
    { weights: Object.fromEntries(FUSED.map((name) => [`${name}.weight`, [12, 4]])) },
  ),
  made('adapter split, checkpoint fused', [...PAIRS, ...peftPair(`${MLP}.down_proj`)], {
    weights: { 'model.layers.0.self_attn.qkv_proj.weight': [18, 4], ...weights(`${MLP}.down_proj`) },
  }),
  made('adapter fused, checkpoint split', peftPair('model.layers.0.self_attn.qkv_proj', 18, 4)),
  named('one module for each expert', [`${MLP}.experts.7.down_proj`, `${MLP}.experts.10.down_proj`]),
  named('Mixtral, transformers 4', MIXTRAL),
  made(
    'one module for each expert, checkpoint stacked',
    [...PAIRS, ...peftPair(`${MLP}.experts.7.gate_up_proj`)],
    { weights: { ...weights(Q, V), [`${MLP}.experts.gate_up_proj`]: [8, 6, 4] } },
  ),
  ...['model.language_model.layers.0', 'language_model.model.layers.0', 'model.layers.0'].map((prefix) =>
    made(`vision-language checkpoint: ${prefix}`, PAIRS, {
      weights: weights(
        ...['q_proj', 'v_proj'].map((name) => `${prefix}.self_attn.${name}`),
        'model.visual.layers.0.self_attn.q_proj',
      ),
    }),
  ),
  made('vision tower only', PAIRS, { weights: weights(`${TOWER}.q_proj`, `${TOWER}.v_proj`) }),
  made('two towers of one name', PAIRS, {
    weights: weights(
      V,
      ...['model.language_model', 'language_model.model'].map(
        (tower) => `${tower}.layers.0.self_attn.q_proj`,
      ),
    ),
  }),
];

/** Adapters that hold more than LoRA pairs of linear layers. */
const PARTS: readonly MatrixCase[] = [
  made(
    'target_parameters beside linear modules',
    beside({
      [`${MLP}.experts.base_layer.lora_A.weight`]: [8, 32],
      [`${MLP}.experts.base_layer.lora_B.weight`]: [96, 8],
      [`${MLP}.experts.lora_A.weight`]: [8, 48],
      [`${MLP}.experts.lora_B.weight`]: [32, 8],
    }),
    MODEL,
    { ...CONFIG, target_parameters: ['mlp.experts.gate_up_proj', 'mlp.experts.down_proj'] },
  ),
  made('target_parameters only', peftPair(`${MLP}.experts.base_layer`), MODEL, {
    ...CONFIG,
    target_modules: [],
    target_parameters: ['mlp.experts.gate_up_proj'],
  }),
  made(
    'embedding LoRA with saved base weights',
    beside({
      'model.embed_tokens.lora_embedding_A': [2, 9],
      'model.embed_tokens.lora_embedding_B': [4, 2],
      'model.embed_tokens.base_layer.weight': [9, 4],
      'lm_head.base_layer.weight': [9, 4],
    }),
    { weights: EMBEDDED },
  ),
  made('tied head', HEAD, { weights: EMBEDDED, config: { tie_word_embeddings: true } }),
  made('head that is not tied and not there', HEAD, {
    weights: EMBEDDED,
    config: { tie_word_embeddings: false },
  }),
  made('modules_to_save under its own name', beside({ 'lm_head.weight': [9, 4] }), MODEL, {
    ...CONFIG,
    modules_to_save: ['lm_head'],
  }),
  made(
    'modules_to_save with its wrapper in the key',
    beside({ 'score.modules_to_save.default.weight': [2, 4] }),
    MODEL,
    { ...CONFIG, modules_to_save: ['score'] },
  ),
  made('DoRA', beside({ [`${Q}.lora_magnitude_vector`]: [6], [`${V}.lora_magnitude_vector`]: [6] }), MODEL, {
    ...CONFIG,
    use_dora: true,
  }),
  made('DoRA of old PEFT (.weight) in one module', beside({ [`${Q}.lora_magnitude_vector.weight`]: [6] })),
  made('lora_bias', beside({ [`${Q}.lora_B.bias`]: [6] })),
  made('bias = lora_only', beside({ [`${Q}.base_layer.bias`]: [6] })),
  made('bias = all', beside({ [`${MLP}.up_proj.bias`]: [6], 'model.norm.bias': [4] }), MODEL, {
    ...CONFIG,
    bias: 'all',
  }),
  made(
    'trainable tokens',
    beside({ 'model.embed_tokens.token_adapter.trainable_tokens_delta': [2, 4] }),
    MODEL,
    { ...CONFIG, trainable_token_indices: [1, 2] },
  ),
  made(
    'convolution LoRA',
    beside({ 'model.conv.lora_A.weight': [2, 4, 3], 'model.conv.lora_B.weight': [6, 2, 1] }),
  ),
];

export const LAYOUT_CASES = [...LAYOUTS, ...PARTS];
