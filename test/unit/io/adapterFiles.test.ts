import assert from 'node:assert/strict';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findAdapterFiles, findAdapterWeights } from '../../../src/io/adapterFiles';
import { rejection } from '../../support/rejection';
import { itInFolder } from '../../support/temporaryFolder';
import { english } from '../../support/english';
import { say } from '../../../src/core/message';

async function folderWith(folder: string, ...names: readonly string[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of names) await writeFile(join(folder, name), '{}');
}

describe('findAdapterFiles', () => {
  itInFolder('takes a folder, its config or any .safetensors file', async (root) => {
    const folder = join(root, 'a');
    await folderWith(folder, 'adapter_model.safetensors', 'adapter_config.json', 'other.safetensors');
    const configFile = join(folder, 'adapter_config.json');
    const whole = { weightsFile: join(folder, 'adapter_model.safetensors'), configFile, notes: [] };
    assert.deepEqual(await findAdapterFiles(folder), whole);
    assert.deepEqual(await findAdapterFiles(configFile), whole);
    assert.deepEqual(await findAdapterFiles(whole.weightsFile), whole);
    const other = join(folder, 'other.safetensors');
    assert.deepEqual(await findAdapterFiles(other), {
      weightsFile: other,
      configFile,
      notes: [
        say(
          'Only {0} is read; the folder also has {1}.',
          '"other.safetensors"',
          '"adapter_model.safetensors"',
        ),
      ],
    });
  });

  itInFolder('takes the file that the config is for, where both are there', async (root) => {
    await folderWith(root, 'adapter_model.safetensors', 'adapters.safetensors');
    for (const [config, name] of [
      ['{"fine_tune_type": "lora", "lora_parameters": {}}', 'adapters.safetensors'],
      ['{"peft_type": "LORA"}', 'adapter_model.safetensors'],
      ['{', 'adapter_model.safetensors'],
    ] as const) {
      await writeFile(join(root, 'adapter_config.json'), config);
      assert.equal(await findAdapterWeights(root), join(root, name));
    }
  });

  itInFolder('takes PEFT names, MLX names, then the last checkpoint of a run', async (root) => {
    const names = [
      'adapter_model.safetensors',
      'adapters.safetensors',
      '1000_adapters.safetensors',
      '0000900_adapters.safetensors',
    ];
    await folderWith(root, ...names, 'optimizer.safetensors');
    for (const name of names) {
      assert.equal(await findAdapterWeights(root), join(root, name));
      assert.equal(await findAdapterWeights(join(root, name)), join(root, name));
      await rm(join(root, name));
    }
  });

  itInFolder('takes the only .safetensors file of a folder', async (root) => {
    await folderWith(join(root, 'one'), 'lora_rank2.safetensors', 'README.md');
    assert.deepEqual(await findAdapterFiles(join(root, 'one')), {
      weightsFile: join(root, 'one', 'lora_rank2.safetensors'),
      notes: [],
    });
  });

  itInFolder('says in one sentence what a path leads to instead', async (root) => {
    await folderWith(join(root, 'bin'), 'adapter_model.bin', 'adapter_config.json');
    await folderWith(join(root, 'config'), 'adapter_config.json');
    await folderWith(join(root, 'two'), 'a.safetensors', 'b.safetensors');
    await folderWith(join(root, 'named', 'default'), 'adapter_config.json');
    await folderWith(join(root, 'empty'), 'README.md', 'x.gguf');
    await folderWith(join(root, 'model'), 'config.json', 'model.safetensors');
    const expected = [
      ['bin', 'unsupported-adapter', /adapter_model\.bin", a PyTorch pickle/],
      ['bin/adapter_model.bin', 'unsupported-adapter', /PyTorch pickle/],
      ['config', 'not-found', /adapter_config\.json but no weights/],
      ['two', 'bad-request', /several \.safetensors files \("a\.safetensors", "b\.safetensors"\)/],
      ['named', 'not-found', /itself contains no adapter/],
      ['empty', 'not-found', /no adapter$/],
      ['model', 'unsupported-adapter', /a model, not an adapter/],
      ['empty/README.md', 'bad-request', /not an adapter/],
      ['empty/x.gguf', 'unsupported-adapter', /GGUF/],
      ['nothing/here', 'not-found', /adapter not found/i],
    ] as const;
    for (const [path, code, message] of expected) {
      const error = await rejection(findAdapterFiles(join(root, path)), code, message);
      assert.ok(english(error.advice).length > 10);
      assert.ok(error.file?.startsWith(root));
    }
    const weights = join(root, 'model', 'model.safetensors');
    assert.equal(await findAdapterWeights(join(root, 'model'), 'any weights'), weights);
    assert.match(
      english((await rejection(findAdapterFiles(join(root, 'named')), 'not-found')).advice),
      /"default"/,
    );
  });

  itInFolder(
    'follows links of a Hugging Face cache, and none that lead out of a chosen folder',
    async (root) => {
      const repo = join(root, 'models--a--b');
      const snapshot = join(repo, 'snapshots', 'abc');
      await folderWith(join(repo, 'blobs'), 'f00');
      await mkdir(snapshot, { recursive: true });
      await symlink('../../blobs/f00', join(snapshot, 'adapter_model.safetensors'));
      assert.deepEqual(await findAdapterFiles(snapshot), {
        weightsFile: join(snapshot, 'adapter_model.safetensors'),
        notes: [],
      });
      await folderWith(join(root, 'secret'), 'x.safetensors');
      await folderWith(join(root, 'trap'), 'adapter_config.json');
      await symlink('../secret/x.safetensors', join(root, 'trap', 'adapter_model.safetensors'));
      await rejection(findAdapterFiles(join(root, 'trap')), 'bad-index');
    },
  );

  itInFolder('follows no config out of the folder of a chosen file either', async (root) => {
    await folderWith(root, 'secret');
    await folderWith(join(root, 'a'), 'adapter_model.safetensors');
    await symlink('../secret', join(root, 'a', 'adapter_config.json'));
    const chosen = join(root, 'a', 'adapter_model.safetensors');
    const { message, advice } = await rejection(findAdapterFiles(chosen), 'bad-index');
    assert.match(english(message), /"adapter_config\.json" is a link that points outside its folder/);
    assert.match(english(advice), /Copy the file into the folder/);
  });

  itInFolder('names other weights that loaders may take', async (root) => {
    const names = ['adapter_model.safetensors', 'adapters.safetensors', 'new_embeddings.bin', 'notes.bin'];
    await folderWith(root, ...names);
    const { notes } = await findAdapterFiles(root);
    assert.deepEqual(notes.map(english), [
      'Only "adapter_model.safetensors" is read; the folder also has "adapters.safetensors", "new_embeddings.bin".',
    ]);
  });

  itInFolder('says why a config that is there is not read', async (root) => {
    const weightsOf = async (name: string): Promise<string> => {
      await folderWith(join(root, name), 'adapter_model.safetensors');
      return join(root, name, 'adapter_model.safetensors');
    };
    const folder = await weightsOf('folder');
    await mkdir(join(root, 'folder', 'adapter_config.json'));
    assert.deepEqual(await findAdapterFiles(folder), {
      weightsFile: folder,
      notes: [say('adapter_config.json is a folder: replace it with the file.')],
    });
    const nowhere = await weightsOf('nowhere');
    await symlink('gone', join(root, 'nowhere', 'adapter_config.json'));
    assert.match(english((await findAdapterFiles(nowhere)).notes[0]), /a broken link/);
    const loop = await weightsOf('loop');
    await symlink('adapter_config.json', join(root, 'loop', 'adapter_config.json'));
    assert.match(english((await rejection(findAdapterFiles(loop), 'io')).advice), /points to itself/);
  });
});
