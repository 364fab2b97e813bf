import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DtypeName } from '../../../src/core/safetensors/dtype';
import { randomTensor } from '../../support/models';
import { safetensorsBytes, type TestTensor } from '../../support/safetensorsBytes';
import { CONFIG, MODEL, PAIRS, Q, V, weights } from './layouts';
import type { MatrixCase, ModelSpec, Outcome } from './types';

const model = (name: string, models: ModelSpec, outcome: Outcome, row = 'Sharded'): MatrixCase => ({
  name,
  row,
  adapter: { tensors: PAIRS, config: CONFIG },
  models,
  outcome,
});

/** Tensors that mark a quantised checkpoint, beside the weights themselves. */
const marked = (name: string, ...marks: readonly TestTensor[]): MatrixCase =>
  model(
    name,
    {
      weights: {},
      files: async (folder) => {
        const plain = [Q, V].map((module, seed) => randomTensor(`${module}.weight`, [6, 4], seed));
        const names = new Set(marks.map((mark) => mark.name));
        const tensors = [...plain.filter((tensor) => !names.has(tensor.name)), ...marks];
        await writeFile(join(folder, 'model.safetensors'), safetensorsBytes(tensors));
      },
    },
    'declined',
    'Quantised',
  );
const mark = (name: string, dtype: DtypeName, ...shape: readonly number[]): TestTensor => ({
  name,
  dtype,
  shape,
});

const only = (
  name: string,
  file: string,
  bytes: Uint8Array | string,
  outcome: Outcome,
  row?: string,
): MatrixCase =>
  model(
    name,
    {
      weights: {},
      files: async (folder) => {
        await writeFile(join(folder, file), bytes);
      },
    },
    outcome,
    row,
  );
const index = (name: string, map: unknown): MatrixCase =>
  only(
    name,
    'model.safetensors.index.json',
    typeof map === 'string' ? map : JSON.stringify({ weight_map: map }),
    'declined',
  );

const blobs = (outside: boolean): ModelSpec => ({
  weights: {},
  files: async (folder) => {
    // As the Hugging Face cache lays it out: snapshots/<commit>/<file> -> ../../blobs/<hash>.
    const repo = join(folder, 'models--org--name');
    const snapshot = join(repo, 'snapshots', 'abc');
    await mkdir(join(repo, 'blobs'), { recursive: true });
    await mkdir(snapshot, { recursive: true });
    const target = outside ? join(folder, 'elsewhere') : join(repo, 'blobs', '0123');
    const seed = folder.endsWith('aligned') ? 50 : 1;
    const tensors = [Q, V].map((module, i) => randomTensor(`${module}.weight`, [6, 4], seed + i));
    await writeFile(target, safetensorsBytes(tensors));
    await symlink(outside ? target : '../../blobs/0123', join(snapshot, 'model.safetensors'));
  },
});

/** Where the models' side is what matters. */
export const CHECKPOINT_CASES: readonly MatrixCase[] = [
  ...(['F32', 'F16', 'BF16', 'F64'] as const).map((dtype) =>
    model(`checkpoint in ${dtype}`, { weights: weights(Q, V), dtype }, 'scored'),
  ),
  model('sharded', { weights: weights(Q, V, 'model.layers.1.self_attn.q_proj'), sharded: true }, 'scored'),
  model('Hugging Face cache', blobs(false), 'scored'),
  model('a link out of the cache', blobs(true), 'declined'),
  index('shard in another folder', { [`${Q}.weight`]: '../model.safetensors' }),
  index('shard with an absolute path', { [`${Q}.weight`]: '/etc/passwd' }),
  index('shard that is missing', { [`${Q}.weight`]: 'model-00001-of-00002.safetensors' }),
  index('index that is no JSON', '{'),
  only('GGUF', 'model.gguf', 'GGUF\x03\0\0\0', 'declined', 'Quantised'),
  only('pytorch_model.bin', 'pytorch_model.bin', 'PK\x03\x04', 'declined'),
  only(
    'a pickle called safetensors',
    'model.safetensors',
    Buffer.from('800263746f726368', 'hex'),
    'declined',
  ),
  only(
    'a Git LFS pointer',
    'model.safetensors',
    'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n',
    'declined',
  ),
  only('a saved error page', 'model.safetensors', '<!DOCTYPE html><title>401</title>', 'declined'),
  only('an empty file', 'model.safetensors', '', 'declined'),
  only('an empty folder', 'README.md', 'x', 'declined'),
  marked(
    'bitsandbytes 4-bit',
    mark(`${Q}.weight`, 'U8', 12, 1),
    mark(`${Q}.weight.absmax`, 'F32', 1),
    mark(`${Q}.weight.quant_map`, 'F32', 16),
  ),
  marked('bitsandbytes 8-bit', mark(`${Q}.weight`, 'I8', 6, 4), mark(`${Q}.SCB`, 'F32', 6)),
  marked('GPTQ', mark(`${Q}.qweight`, 'I32', 1, 6), mark(`${Q}.qzeros`, 'I32', 1, 1)),
  marked('AWQ', mark(`${Q}.qweight`, 'I32', 4, 1), mark(`${Q}.scales`, 'F16', 1, 6)),
  marked(
    'FP8 with weight_scale_inv',
    mark(`${Q}.weight`, 'F8_E4M3', 6, 4),
    mark(`${Q}.weight_scale_inv`, 'F32', 1, 1),
  ),
  marked('FP8 without scales', mark(`${Q}.weight`, 'F8_E5M2', 6, 4)),
  marked(
    'MXFP4',
    mark('model.layers.0.mlp.experts.down_proj_blocks', 'U8', 2, 2),
    mark('model.layers.0.mlp.experts.down_proj_scales', 'U8', 2),
  ),
  model(
    'quantised by its config.json',
    { weights: weights(Q, V), config: { quantization_config: { quant_method: 'gptq' } } },
    'declined',
    'Quantised',
  ),
  model('integer weights', { weights: weights(Q, V), dtype: 'I16' }, 'unscored', 'Quantised'),
  model('the same model twice', { weights: weights(Q, V), step: 'none' }, 'declined', 'Base and aligned'),
  model('nearly the same model', { weights: weights(Q, V), step: 'tiny' }, 'scored', 'Base and aligned'),
  model('NaN in the aligned model', { weights: weights(Q, V), step: 'nan' }, 'unscored', 'Base and aligned'),
  model(
    'infinity in the aligned model',
    { weights: weights(Q, V), step: 'infinity' },
    'unscored',
    'Base and aligned',
  ),
  model(
    'other shapes',
    { weights: { [`${Q}.weight`]: [6, 5], [`${V}.weight`]: [8, 4] } },
    'declined',
    'Base and aligned',
  ),
  model(
    'other shape in one of the two',
    { ...MODEL, aligned: { [`${V}.weight`]: [7, 4] } },
    'carried',
    'Base and aligned',
  ),
  model('another model', { weights: weights('encoder.block.0.x') }, 'declined', 'Base and aligned'),
  {
    ...model(
      'vocabulary was resized',
      {
        weights: { ...weights(Q, V), 'model.embed_tokens.weight': [9, 4], 'lm_head.weight': [9, 4] },
        aligned: { 'lm_head.weight': [10, 4], 'model.embed_tokens.weight': [10, 4] },
      },
      'carried',
      'Base and aligned',
    ),
    adapter: {
      tensors: [
        ...PAIRS,
        { name: 'base_model.model.lm_head.lora_A.weight', shape: [2, 4] },
        { name: 'base_model.model.lm_head.lora_B.weight', shape: [9, 2] },
      ],
      config: CONFIG,
    },
  },
];
