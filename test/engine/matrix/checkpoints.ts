import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Q, V, PAIRS } from '../../support/adapterFixture';
import { randomTensor, type ModelSpec } from '../../support/models';
import { safetensorsBytes } from '../../support/safetensorsBytes';
import { made, MODEL, weights } from './layouts';
import type { MatrixCase } from './types';

const model = (name: string, models: Partial<ModelSpec>): MatrixCase =>
  made(name, PAIRS, { ...MODEL, ...models });

/** As the Hugging Face cache lays it out: snapshots/<commit>/<file> -> ../../blobs/<hash>. */
const blobs = (outside: boolean) => async (folder: string) => {
  const repo = join(folder, 'models--org--name');
  const snapshot = join(repo, 'snapshots', 'abc');
  for (const each of [join(repo, 'blobs'), snapshot]) await mkdir(each, { recursive: true });
  const target = outside ? join(folder, 'elsewhere') : join(repo, 'blobs', '0123');
  const seed = folder.endsWith('aligned') ? 50 : 1;
  const tensors = [Q, V].map((module, i) => randomTensor(`${module}.weight`, [6, 4], seed + i));
  await writeFile(target, safetensorsBytes(tensors));
  await symlink(outside ? target : '../../blobs/0123', join(snapshot, 'model.safetensors'));
};
const file = (bytes: Uint8Array | string) => (folder: string) =>
  writeFile(join(folder, 'model.safetensors'), bytes);

/** Where the models' side is what matters. Files and names that are refused are in the unit tests of core and io. */
export const CHECKPOINT_CASES: readonly MatrixCase[] = [
  ...(['F32', 'F16', 'BF16', 'F64'] as const).map((dtype) => model(`checkpoint in ${dtype}`, { dtype })),
  model('sharded', { weights: weights(Q, V, 'model.layers.1.self_attn.q_proj'), sharded: true }),
  model('Hugging Face cache', { files: blobs(false) }),
  model('a link out of the cache', { files: blobs(true) }),
  model('a Git LFS pointer', {
    files: file('version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n'),
  }),
  model('bitsandbytes 4-bit', {
    files: file(
      safetensorsBytes([
        randomTensor(`${V}.weight`, [6, 4], 1),
        { name: `${Q}.weight`, dtype: 'U8', shape: [12, 1] },
        { name: `${Q}.weight.absmax`, shape: [1] },
        { name: `${Q}.weight.quant_map`, shape: [16] },
      ]),
    ),
  }),
  model('quantised by its config.json', { config: { quantization_config: { quant_method: 'gptq' } } }),
  model('integer weights', { dtype: 'I16' }),
  model('the same model twice', { step: 'none' }),
  model('nearly the same model', { step: 'tiny' }),
  model('NaN in the aligned model', { step: 'nan' }),
  model('infinity in the aligned model', { step: 'infinity' }),
  model('other shapes', { weights: { [`${Q}.weight`]: [6, 5], [`${V}.weight`]: [8, 4] } }),
  model('other shape in one of the two', { aligned: { [`${V}.weight`]: [7, 4] } }),
  model('another model', { weights: weights('encoder.block.0.x') }),
  made(
    'vocabulary was resized',
    [
      ...PAIRS,
      { name: 'base_model.model.lm_head.lora_A.weight', shape: [2, 4] },
      { name: 'base_model.model.lm_head.lora_B.weight', shape: [9, 2] },
    ],
    {
      weights: { ...weights(Q, V), 'model.embed_tokens.weight': [9, 4], 'lm_head.weight': [9, 4] },
      aligned: { 'lm_head.weight': [10, 4], 'model.embed_tokens.weight': [10, 4] },
    },
  ),
];
