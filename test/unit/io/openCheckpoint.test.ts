import assert from 'node:assert/strict';
import { mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { locateWeight } from '../../../src/core/checkpoint/locate';
import type { Checkpoint } from '../../../src/core/checkpoint/types';
import { openCheckpoint } from '../../../src/io/openCheckpoint';
import { fixture, sample } from '../../support/paths';
import { rejection } from '../../support/rejection';
import { safetensorsBytes } from '../../support/safetensorsBytes';
import { inTemporaryFolder } from '../../support/temporaryFolder';
import { english } from '../../support/english';

const weights = (...names: readonly string[]): Uint8Array =>
  safetensorsBytes(names.map((name) => ({ name, shape: [2, 2] })));

/** Writes files into `folder`, objects as JSON. */
async function put(
  folder: string,
  files: Readonly<Record<string, Uint8Array | string | object>>,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    const raw = typeof content === 'string' || content instanceof Uint8Array;
    await writeFile(join(folder, name), raw ? content : JSON.stringify(content));
  }
}

const names = ({ tensors }: Checkpoint): string[] => [...tensors.keys()];

describe('openCheckpoint: given models', () => {
  it('opens the sample, with what its config says', async () => {
    const model = await openCheckpoint(sample('base'));
    assert.equal(model.path, sample('base'));
    assert.equal(model.modelType, 'llama');
    assert.ok(
      'found' in locateWeight(model, { name: 'model.layers.7.self_attn.q_proj', shape: [96, 96] }, false),
    );
  });

  it('opens shards by folder, by index and by any one shard', async () => {
    const folder = fixture('families', 'gqa-sharded', 'base');
    for (const spec of ['', 'model.safetensors.index.json', 'model-00002-of-00003.safetensors']) {
      const model = await openCheckpoint(join(folder, spec));
      assert.equal(model.tensors.size, 42);
      assert.equal(
        basename(model.tensors.get('model.layers.4.mlp.up_proj.weight')?.file ?? ''),
        'model-00003-of-00003.safetensors',
      );
      assert.deepEqual(model.notes, []);
    }
  });

  it('opens GPT-2 and finds its weights in x out', async () => {
    const model = await openCheckpoint('base', { relativeTo: fixture('families', 'gpt2-conv1d') });
    const located = locateWeight(model, { name: 'transformer.h.0.attn.c_attn', shape: [192, 64] }, false);
    assert.ok('found' in located && located.found.transposed);
  });
});

describe('openCheckpoint: what is named', () => {
  it('takes relative paths from where it is told, ~, and repo ids; a path wins over a repo id', async () => {
    await inTemporaryFolder(async (folder) => {
      const env = { HOME: folder, HF_HUB_CACHE: join(folder, 'hub') };
      await put(join(folder, 'm'), { 'model.safetensors': weights('here') });
      const repo = join(folder, 'hub', 'models--o--m');
      await put(join(repo, 'blobs'), { abc: weights('cached'), def: { model_type: 'llama' } });
      const snapshot = join(repo, 'snapshots', '0123');
      await mkdir(snapshot, { recursive: true });
      await symlink(join('..', '..', 'blobs', 'abc'), join(snapshot, 'model.safetensors'));
      await symlink(join('..', '..', 'blobs', 'def'), join(snapshot, 'config.json'));
      assert.deepEqual(names(await openCheckpoint('m', { relativeTo: folder, env })), ['here']);
      assert.deepEqual(names(await openCheckpoint('~/m', { env })), ['here']);
      assert.deepEqual(names(await openCheckpoint(relative('.', join(folder, 'm')), { env })), ['here']);
      const cached = await openCheckpoint('o/m', { relativeTo: folder, env });
      assert.deepEqual([cached.path, names(cached), cached.modelType], [snapshot, ['cached'], 'llama']);
      await put(join(folder, 'o', 'm'), { 'model.safetensors': weights('path wins') });
      assert.deepEqual(names(await openCheckpoint('o/m', { relativeTo: folder, env })), ['path wins']);
    });
  });

  it('says what it looked for', async () => {
    await inTemporaryFolder(async (folder) => {
      const options = { relativeTo: folder, env: { HF_HUB_CACHE: join(folder, 'hub') } };
      const repo = await rejection(openCheckpoint('org/name', options), 'not-found');
      assert.match(
        english(repo.message),
        /"org\/name" is neither a file or folder nor a model in the Hugging Face cache/,
      );
      assert.match(english(repo.advice), /hf download org\/name/);
      const path = await rejection(openCheckpoint('./none/x', options), 'not-found');
      assert.equal(path.file, join(folder, 'none', 'x'));
      for (const spec of ['', 'a\0b']) await rejection(openCheckpoint(spec, options), 'bad-request');
      await rejection(openCheckpoint('x'.repeat(5000), options), 'not-found');
    });
  });
});

describe('openCheckpoint: what the config says', () => {
  const cases: readonly (readonly [object | undefined, boolean])[] = [
    [undefined, true],
    [{ model_type: 'x' }, true],
    [{ tie_word_embeddings: false }, false],
    [{ text_config: { tie_word_embeddings: false } }, false],
  ];
  for (const [config, tied] of cases) {
    it(`${config === undefined ? 'no config' : JSON.stringify(config)} means ${tied ? 'tied' : 'untied'}`, async () => {
      await inTemporaryFolder(async (folder) => {
        await put(folder, { 'model.safetensors': weights('a'), ...(config && { 'config.json': config }) });
        assert.equal((await openCheckpoint(folder)).tiedEmbeddings, tied);
      });
    });
  }

  it('declines quantized models, by config and by tensors', async () => {
    await inTemporaryFolder(async (folder) => {
      await put(folder, {
        'model.safetensors': weights('a'),
        'config.json': { quantization_config: { quant_method: 'awq' } },
      });
      assert.match(
        english((await rejection(openCheckpoint(folder), 'unsupported-checkpoint')).message),
        /quantized \("awq"/,
      );
      await put(folder, { 'model.safetensors': weights('a.weight', 'a.weight.absmax'), 'config.json': {} });
      assert.equal(
        (await rejection(openCheckpoint(folder), 'unsupported-checkpoint')).tensor,
        'a.weight.absmax',
      );
    });
  });

  it('refuses a broken config, and one of absurd size', async () => {
    await inTemporaryFolder(async (folder) => {
      await put(folder, { 'model.safetensors': weights('a'), 'config.json': '{' });
      assert.equal((await rejection(openCheckpoint(folder), 'bad-config')).file, join(folder, 'config.json'));
      await truncate(join(folder, 'config.json'), 1e9);
      assert.match(english((await rejection(openCheckpoint(folder), 'io')).message), /has 1000000000 bytes/);
    });
  });
});

describe('openCheckpoint: shards that do not fit', () => {
  const index = (map: Readonly<Record<string, string>>): object => ({ weight_map: map });

  it('names tensors on which index and shards disagree', async () => {
    await inTemporaryFolder(async (folder) => {
      await put(folder, {
        'model.safetensors.index.json': index({ a: 'x.safetensors', gone: 'x.safetensors' }),
        'x.safetensors': weights('a', 'extra'),
      });
      const { notes } = await openCheckpoint(folder);
      assert.deepEqual(notes?.map(english), [
        'Tensor "gone": named in the shard index, but held by no shard.',
        'Tensor "extra": held by a shard, but not named in the index.',
      ]);
    });
  });

  it('passes on which shard is broken', async () => {
    await inTemporaryFolder(async (folder) => {
      await put(folder, {
        'model.safetensors.index.json': index({ a: 'x.safetensors', b: 'y.safetensors' }),
        'x.safetensors': weights('a'),
        'y.safetensors': 'version https://git-lfs.github.com/spec/v1\n',
      });
      assert.equal(
        (await rejection(openCheckpoint(folder), 'lfs-pointer')).file,
        join(folder, 'y.safetensors'),
      );
    });
  });
});
