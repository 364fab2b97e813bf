import { mlxPair, peftPair } from '../../support/adapterFixture';
import type { TestTensor } from '../../support/safetensorsBytes';
import { CONFIG, MODEL, PAIRS, Q, V, weights } from './layouts';
import type { MatrixCase, ModelSpec, Outcome } from './types';

const field = (name: string, fields: object, outcome: Outcome, row = 'PEFT config'): MatrixCase => ({
  name,
  row,
  adapter: { tensors: PAIRS, config: { ...CONFIG, ...fields } },
  models: MODEL,
  outcome,
});
const OTHER_BASE = 'Initialisations';

/** Fields of PEFT's config, over its versions. */
export const FIELD_CASES: readonly MatrixCase[] = [
  field('rsLoRA', { use_rslora: true }, 'scored'),
  field(
    'rank_pattern and alpha_pattern',
    { rank_pattern: { q_proj: 2 }, alpha_pattern: { '.*v_proj': 8 } },
    'scored',
  ),
  field('alpha_pattern that cannot be evaluated', { alpha_pattern: { '(?<=a)q_proj': 8 } }, 'unscored'),
  field('rank of the config differs', { r: 8 }, 'scored'),
  field('lora_alpha 16.0', { lora_alpha: 16.5 }, 'scored'),
  field('lora_alpha 0', { lora_alpha: 0 }, 'unscored'),
  field(
    'all fields null',
    {
      modules_to_save: null,
      rank_pattern: null,
      alpha_pattern: null,
      exclude_modules: null,
      layer_replication: null,
      target_parameters: null,
      use_dora: null,
      bias: null,
      layers_to_transform: null,
    },
    'scored',
  ),
  field('unknown fields', { some_new_config: { a: 1 } }, 'scored'),
  field('eva', { init_lora_weights: 'eva', eva_config: { rho: 2 } }, 'scored'),
  field('layers_to_transform', { layers_to_transform: [0], layers_pattern: 'layers' }, 'scored'),
  {
    ...field('config with only peft_type', {}, 'scored'),
    adapter: { tensors: PAIRS, config: { peft_type: 'LORA' } },
  },
  { ...field('no config', {}, 'scored'), adapter: { tensors: PAIRS } },
  ...['pissa', 'pissa_niter_4', 'olora', 'corda', 'loftq'].map((init) =>
    field(`init_lora_weights ${init}`, { init_lora_weights: init }, 'unscored', OTHER_BASE),
  ),
  field(
    'layer_replication',
    {
      layer_replication: [
        [0, 1],
        [0, 1],
      ],
    },
    'unscored',
    OTHER_BASE,
  ),
  field('aLoRA', { alora_invocation_tokens: [1, 2] }, 'unscored', OTHER_BASE),
  field('KaSA', { kasa_config: {} }, 'unscored', OTHER_BASE),
  field('QA-LoRA', { use_qalora: true }, 'unscored', OTHER_BASE),
  field('BD-LoRA', { use_bdlora: true }, 'unscored', OTHER_BASE),
  ...['IA3', 'ADALORA', 'LOHA', 'PROMPT_TUNING', 'XLORA'].map((type) =>
    field(`peft_type ${type}`, { peft_type: type }, 'declined', 'Other PEFT types'),
  ),
  field('r -1', { r: -1 }, 'declined'),
  field('r 4.5', { r: 4.5 }, 'declined'),
  field('lora_alpha text', { lora_alpha: 'x' }, 'declined'),
  field('rank_pattern 0', { rank_pattern: { q_proj: 0 } }, 'declined'),
  { ...field('config that is no JSON', {}, 'declined'), adapter: { tensors: PAIRS, config: '{"r": 8' } },
  {
    ...field('B is zero everywhere', {}, 'unscored', 'PEFT causal LM'),
    adapter: {
      tensors: PAIRS.map((tensor) =>
        tensor.name.includes('lora_B') ? { ...tensor, data: new Uint8Array(48) } : tensor,
      ),
      config: CONFIG,
    },
  },
  {
    ...field('NaN in lora_A', {}, 'carried', 'PEFT causal LM'),
    adapter: {
      tensors: PAIRS.map((tensor, i) =>
        i === 0 ? { ...tensor, data: new Uint8Array(32).fill(0xff) } : tensor,
      ),
      config: CONFIG,
    },
  },
  {
    ...field('F8 factors', {}, 'unscored', 'PEFT causal LM'),
    adapter: { tensors: PAIRS.map((tensor) => ({ ...tensor, dtype: 'F8_E4M3' as const })), config: CONFIG },
  },
  {
    ...field('A without B', {}, 'declined', 'PEFT causal LM'),
    adapter: { tensors: PAIRS.slice(0, 3), config: CONFIG },
  },
  {
    ...field('A and B that do not fit', {}, 'declined', 'PEFT causal LM'),
    adapter: {
      tensors: [PAIRS[0], { name: `base_model.model.${Q}.lora_B.weight`, shape: [6, 3] }].filter(
        (tensor) => tensor !== undefined,
      ),
      config: CONFIG,
    },
  },
  {
    ...field('two adapters in one file', {}, 'declined', 'Adapter name'),
    adapter: {
      tensors: ['one', 'two'].flatMap((adapter) =>
        peftPair(Q).map((tensor) => ({
          ...tensor,
          name: tensor.name.replace('.weight', `.${adapter}.weight`),
        })),
      ),
      config: CONFIG,
    },
  },
];

const MLX = { num_layers: 1, model: 'org/model', lora_parameters: { rank: 2, scale: 20, dropout: 0 } };
const MLX_PAIRS = [...mlxPair(Q), ...mlxPair(V)];
const mlx = (
  name: string,
  tensors: readonly TestTensor[],
  config: object | undefined,
  outcome: Outcome,
  models: ModelSpec = MODEL,
): MatrixCase => ({
  name,
  row: 'MLX',
  adapter: { tensors, file: 'adapters.safetensors', ...(config === undefined ? {} : { config }) },
  models,
  outcome,
});

/** mlx-lm's adapters. */
export const MLX_CASES: readonly MatrixCase[] = [
  mlx('MLX', MLX_PAIRS, MLX, 'scored'),
  mlx(
    'MLX with keys',
    MLX_PAIRS,
    { ...MLX, lora_parameters: { ...MLX.lora_parameters, keys: ['self_attn.q_proj', 'self_attn.v_proj'] } },
    'scored',
  ),
  mlx('MLX without a config', MLX_PAIRS, undefined, 'scored'),
  mlx(
    'MLX without a scale, with alpha',
    MLX_PAIRS,
    { lora_parameters: { rank: 2, alpha: 16, dropout: 0 } },
    'scored',
  ),
  mlx(
    'MLX DoRA',
    [...MLX_PAIRS, { name: `${Q}.m`, shape: [6] }],
    { ...MLX, fine_tune_type: 'dora' },
    'unscored',
  ),
  mlx(
    'MLX full fine-tune',
    [{ name: `${Q}.weight`, shape: [6, 4] }],
    { ...MLX, fine_tune_type: 'full' },
    'declined',
  ),
  mlx(
    'MLX stacked experts',
    [
      ...MLX_PAIRS,
      { name: 'model.layers.0.mlp.switch_mlp.up_proj.lora_a', shape: [3, 2, 4] },
      { name: 'model.layers.0.mlp.switch_mlp.up_proj.lora_b', shape: [3, 6, 2] },
    ],
    MLX,
    'carried',
  ),
  mlx('MLX embedding', [...MLX_PAIRS, ...mlxPair('model.embed_tokens', 4, 9)], MLX, 'carried'),
  mlx('MLX quantised checkpoint', MLX_PAIRS, MLX, 'declined', {
    weights: weights(Q, V),
    config: { quantization: { group_size: 64, bits: 4 } },
  }),
  mlx('MLX and PEFT in one file', [...mlxPair(Q), ...peftPair(V)], MLX, 'declined'),
  mlx('MLX with a rank that is no number', MLX_PAIRS, { lora_parameters: { rank: 'x' } }, 'declined'),
];

const foreign = (name: string, tensor: string, row = 'kohya and diffusers'): MatrixCase => ({
  name,
  row,
  adapter: { tensors: [{ name: tensor, shape: [2, 2] }], file: 'weights.safetensors' },
  models: MODEL,
  outcome: 'declined',
});

/** Adapters of other kinds, told by their tensors' names. */
export const FOREIGN_CASES: readonly MatrixCase[] = [
  foreign('kohya', 'lora_unet_down_blocks_0_attentions_0_to_q.lora_down.weight'),
  foreign('kohya text encoder', 'lora_te_text_model_encoder_layers_0_mlp_fc1.alpha'),
  foreign('kohya names of another model', 'transformer_blocks_0.lora_up.weight'),
  foreign('kohya .diff', 'model.norm.diff'),
  foreign('kohya DoRA', 'model.layers.0.q.dora_scale'),
  foreign('diffusers .lora.down', 'unet.down_blocks.0.to_q.lora.down.weight'),
  foreign('diffusers of a transformer', 'transformer.single_transformer_blocks.0.attn.to_q.lora_A.weight'),
  foreign('diffusers without a prefix', 'blocks.0.attn.to_q_lora.down.weight'),
  foreign('LoHa', 'model.layers.0.q.hada_w1_a', 'Other PEFT types'),
  foreign('LoKr', 'model.layers.0.q.lokr_w1', 'Other PEFT types'),
  foreign('AdaLoRA by its tensors', 'base_model.model.q.lora_E', 'Other PEFT types'),
  foreign('(IA)3 by its tensors', 'base_model.model.q.ia3_l', 'Other PEFT types'),
  foreign('OFT by its tensors', 'base_model.model.q.oft_R.weight', 'Other PEFT types'),
  foreign('VeRA by its tensors', 'base_model.model.q.vera_lambda_b', 'Other PEFT types'),
  foreign('FourierFT by its tensors', 'base_model.model.q.fourierft_spectrum', 'Other PEFT types'),
  foreign('prompt tuning by its tensors', 'prompt_embeddings', 'Other PEFT types'),
  foreign('loralib', 'layers.0.q_proj.lora_A', 'kohya and diffusers'),
  foreign('a model', 'model.layers.0.self_attn.q_proj.weight', 'kohya and diffusers'),
  { ...foreign('nothing at all', 'x'), adapter: { tensors: [] } },
];
