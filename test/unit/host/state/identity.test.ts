import assert from 'node:assert/strict';
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exists, findStale, fingerprintOf, isMissing, keyOf } from '../../../../src/host/state/keptResults';
import { analysisOf } from '../../../support/analysisDocument';
import { itInFolder } from '../../../support/temporaryFolder';

describe('identity of inputs', () => {
  itInFolder('says which file changed, and which is gone', async (folder) => {
    const file = join(folder, 'adapter_model.safetensors');
    await writeFile(file, 'abc');
    await utimes(file, 1000, 1000);
    const input = { path: file, size: 3, mtimeMs: 1_000_000 };
    assert.equal(await findStale([input]), null);
    assert.equal(await findStale([{ ...input, mtimeMs: 1 }]), 'adapter_model.safetensors changed');
    assert.equal(await findStale([{ ...input, size: 4 }]), 'adapter_model.safetensors changed');
    assert.equal(await findStale([input, { ...input, path: join(folder, 'no') }]), 'no deleted');
    assert.equal(await findStale([{ ...input, path: join(file, 'inside') }]), 'inside deleted');
    const both = [
      { ...input, size: 4 },
      { ...input, mtimeMs: 1 },
      { ...input, path: join(folder, 'no') },
    ];
    assert.equal(await findStale(both), 'adapter_model.safetensors and 1 more changed, no deleted');
  });

  itInFolder('sees what is there, and that a file is no folder', async (folder) => {
    const file = join(folder, 'x');
    await writeFile(file, '');
    assert.equal(await exists(file), true);
    assert.equal(await exists(join(folder, 'y')), false);
    assert.equal(await exists(join(file, 'inside')), false);
    assert.equal(isMissing(Object.assign(new Error(), { code: 'EACCES' })), false);
    assert.equal(isMissing('ENOENT'), false);
  });
});

describe('a config that was not there', () => {
  const absent = (folder: string) => [
    { path: join(folder, 'adapter_config.json'), size: null, mtimeMs: null },
  ];

  itInFolder('makes a result stale once it is, and only then', async (folder) => {
    assert.equal(await findStale(absent(folder)), null);
    await writeFile(join(folder, 'adapter_config.json'), '');
    assert.equal(await findStale(absent(folder)), 'adapter_config.json added');
  });

  itInFolder('is still not there where a folder has its name', async (folder) => {
    await mkdir(join(folder, 'adapter_config.json'));
    assert.equal(await findStale(absent(folder)), null);
  });
});

describe('the fingerprint of an analysis', () => {
  const document = analysisOf([]);
  const { base, aligned, options } = document;
  const same = fingerprintOf(document, options);

  it('is the same for the same models and options', () => {
    assert.equal(fingerprintOf({ base, aligned }, { ...options }), same);
  });

  it('is another when any of them differs', () => {
    assert.notEqual(fingerprintOf({ base: aligned, aligned: base }, options), same);
    assert.notEqual(fingerprintOf({ base, aligned: '/other' }, options), same);
    for (const change of [{ population: 'all' }, { scale: 'none' }, { quartiles: 'sampled' }] as const)
      assert.notEqual(fingerprintOf(document, { ...options, ...change }), same);
  });
});

describe('the file name for an adapter', () => {
  it('is short, plain, and another for each path', () => {
    const paths = ['/a/b', '/a/B', '/a/ß/\n', `/${'x'.repeat(5000)}`];
    const keys = paths.map(keyOf);
    assert.equal(new Set(keys).size, paths.length);
    for (const key of keys) assert.match(key, /^[0-9a-f]{32}$/);
    assert.equal(keyOf('/a/b'), keys[0]);
  });
});
