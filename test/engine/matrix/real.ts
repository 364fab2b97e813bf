import path from 'node:path';
import { fixture, sample, shared } from '../../support/paths';
import type { ModelSpec } from '../../support/models';
import type { MatrixCase } from './types';

const real = (folder: string, weights: ModelSpec['weights'], config?: object): MatrixCase => ({
  name: `adapters/${folder}`,
  adapter: shared('adapters', folder),
  // Only the first layers, so that the test stays small: the other modules are said to have no weight there.
  models: { weights, dtype: 'BF16', ...(config === undefined ? {} : { config }) },
});

const square = (size: number, ...modules: readonly string[]): Record<string, readonly number[]> =>
  Object.fromEntries(modules.map((module) => [`${module}.weight`, [size, size]]));
const BERT = 'bert.encoder.layer.0.attention.self';

const QWEN = new Map<string, readonly number[]>();
for (const layer of [20, 21, 22, 23]) {
  QWEN.set(`model.layers.${layer}.self_attn.q_proj.weight`, [896, 896]);
  QWEN.set(`model.layers.${layer}.self_attn.v_proj.weight`, [128, 896]);
}

/** Every folder of real public adapters, as their authors left them. */
export const REAL_ADAPTERS: readonly MatrixCase[] = [
  real('bert-seqcls', square(768, `${BERT}.query`, `${BERT}.value`)),
  real('distilgpt2-pipeline', { 'h.0.attn.c_attn.weight': [768, 2304] }, { model_type: 'gpt2' }),
  real('edge-dora-config-only', { x: [1] }),
  real('edge-gliner-lfs-pointer', { x: [1] }),
  real('edge-qwen25-vl-truncated', { x: [1] }),
  real('edge-sam-custom-keys', { x: [1] }),
  real('gemma3-270m-logo', {
    'model.layers.0.self_attn.q_proj.weight': [1024, 640],
    'model.layers.0.self_attn.v_proj.weight': [256, 640],
  }),
  real(
    'gpt2-tigrinya',
    {
      'h.0.attn.c_attn.weight': [768, 2304],
      'h.0.attn.c_proj.weight': [768, 768],
      'h.0.mlp.c_proj.weight': [3072, 768],
    },
    { model_type: 'gpt2' },
  ),
  real('mlx-qwen25-05b', Object.fromEntries(QWEN)),
  real(
    'opt-125m-bf16',
    square(768, 'model.decoder.layers.0.self_attn.q_proj', 'model.decoder.layers.0.self_attn.v_proj'),
  ),
  real('sd-unet-bf16', { x: [1] }),
  real(
    't5-small-summarizer',
    square(512, 'encoder.block.0.layer.0.SelfAttention.q', 'decoder.block.0.layer.1.EncDecAttention.v'),
  ),
];

const whole = (name: string, adapter: string, models: string): MatrixCase => ({
  name,
  adapter,
  models: { base: path.join(models, 'base'), aligned: path.join(models, 'aligned') },
});

/** Adapters that come with both of their models. */
export const WHOLE_MODELS: readonly MatrixCase[] = [
  whole('sample/adapter-mixed', sample('adapter-mixed'), sample()),
  whole('sample/adapter-benign', sample('adapter-benign'), sample()),
  ...(['gpt2-conv1d', 'gqa-sharded', 'rank-pattern'] as const).map((family) =>
    whole(`families/${family}`, fixture('families', family, 'adapter'), fixture('families', family)),
  ),
];
