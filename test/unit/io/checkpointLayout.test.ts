import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { layoutOfFile, layoutOfFolder } from '../../../src/io/checkpointLayout';
import { rejection } from '../../support/rejection';
import { inTemporaryFolder, itInFolder } from '../../support/temporaryFolder';

const INDEX = 'model.safetensors.index.json';
const shard = (i: number, n = 2, prefix = 'model'): string =>
  `${prefix}-${String(i).padStart(5, '0')}-of-${String(n).padStart(5, '0')}.safetensors`;

/** Runs `work` with a folder of empty files; an index names `shard(1)` and `shard(2)`. */
async function withFiles(files: readonly string[], work: (folder: string) => Promise<void>): Promise<void> {
  await inTemporaryFolder(async (folder) => {
    const index = JSON.stringify({ weight_map: { a: shard(2), b: shard(1), c: shard(2) } });
    for (const file of files) await writeFile(join(folder, file), file.endsWith('.index.json') ? index : '');
    await work(folder);
  });
}

describe('layoutOfFolder', () => {
  for (const [what, files, expected] of [
    [
      'the index before all else',
      [INDEX, shard(1), shard(2), 'consolidated.safetensors', 'model.safetensors'],
      [shard(1), shard(2)],
    ],
    [
      'model.safetensors before other files',
      ['model.safetensors', 'model.fp16.safetensors', 'adapter_model.safetensors'],
      ['model.safetensors'],
    ],
    ['a numbered set without an index', [shard(2), shard(1), 'x.safetensors'], [shard(1), shard(2)]],
    ['a set of any name', [shard(1, 1, 'weights')], [shard(1, 1, 'weights')]],
    [
      'the only weights file',
      ['consolidated.safetensors', 'adapters.safetensors', 'x.bin'],
      ['consolidated.safetensors'],
    ],
  ] as const) {
    it(`takes ${what}`, () =>
      withFiles(files, async (folder) => assert.deepEqual((await layoutOfFolder(folder)).files, expected)));
  }

  it('names a missing shard', async () => {
    await withFiles([INDEX, shard(1)], async (folder) => {
      await rejection(
        layoutOfFolder(folder),
        'incomplete-checkpoint',
        /the shard "model-00002-of-00002\.safetensors" is missing/,
      );
    });
    await withFiles([shard(2, 4)], async (folder) => {
      await rejection(
        layoutOfFolder(folder),
        'incomplete-checkpoint',
        /"model-00001-of-00004\.safetensors" and 2 more are missing/,
      );
    });
  });

  it('refuses impossible sets without allocating for them', async () => {
    for (const name of [
      'model-00003-of-00002.safetensors',
      'model-00001-of-00000.safetensors',
      'model-99999-of-99999.safetensors',
    ]) {
      await withFiles([name], async (folder) => {
        await rejection(layoutOfFolder(folder), 'bad-index');
      });
    }
  });

  it('asks when several files could be meant', async () => {
    for (const files of [
      ['a.safetensors', 'b.safetensors'],
      [shard(1, 1), shard(1, 1, 'other')],
      [shard(1, 1), shard(1, 2), shard(2, 2)],
    ]) {
      await withFiles(files, async (folder) => {
        await rejection(layoutOfFolder(folder), 'unsupported-checkpoint', /and no index/);
      });
    }
  });

  for (const [files, code, message] of [
    [[], 'unsupported-checkpoint', /contains no model weights/],
    [['config.json'], 'unsupported-checkpoint', /contains no model weights/],
    [['x-Q4_K_M.gguf'], 'unsupported-checkpoint', /only GGUF/],
    [['pytorch_model.bin'], 'unsupported-checkpoint', /only PyTorch \(\.bin\)/],
    [['consolidated.00.pth'], 'unsupported-checkpoint', /only PyTorch \(\.pth\)/],
    [['tf_model.h5'], 'unsupported-checkpoint', /only TensorFlow/],
    [
      ['adapter_model.safetensors', 'adapter_config.json'],
      'unsupported-checkpoint',
      /contains an adapter, not a model/,
    ],
  ] as const) {
    it(`declines a folder of ${files.join(', ') || 'nothing'}`, () =>
      withFiles(files, async (folder) => {
        const data = await rejection(layoutOfFolder(folder), code, message);
        assert.ok(data.advice);
        assert.equal(data.file, folder);
      }));
  }
});

describe('layoutOfFile', () => {
  it('takes one file, and one shard for its set', async () => {
    await withFiles(['x.safetensors', shard(1), shard(2)], async (folder) => {
      assert.deepEqual((await layoutOfFile(join(folder, 'x.safetensors'))).files, ['x.safetensors']);
      assert.deepEqual((await layoutOfFile(join(folder, shard(2)))).files, [shard(1), shard(2)]);
    });
    await withFiles([INDEX, shard(1), shard(2)], async (folder) => {
      assert.equal((await layoutOfFile(join(folder, shard(2)))).index?.size, 3);
      assert.equal((await layoutOfFile(join(folder, INDEX))).index?.size, 3);
    });
  });

  for (const [name, message] of [
    ['m.gguf', /The file is GGUF/],
    ['pytorch_model.bin', /The file is PyTorch/],
    ['config.json', /contains no weights/],
  ] as const) {
    it(`declines ${name}`, async () => {
      await rejection(layoutOfFile(join('/m', name)), 'unsupported-checkpoint', message);
    });
  }

  itInFolder('refuses an index that is a folder', async (folder) => {
    await mkdir(join(folder, INDEX));
    await rejection(layoutOfFolder(folder), 'io');
  });
});
