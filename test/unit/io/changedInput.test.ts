import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, rmdir, stat, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { InputIdentity } from '../../../src/core/results/types';
import { findChangedInput } from '../../../src/io/changedInput';

describe('inputs that changed after an analysis', () => {
  let folder: string;
  let adapter: string;
  let model: string;
  let inputs: InputIdentity[];

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'splora-changed-'));
    [adapter, model] = [path.join(folder, 'adapter'), path.join(folder, 'model')];
    inputs = [];
    for (const file of [adapter, model]) {
      await writeFile(file, 'as it was');
      const { size, mtimeMs } = await stat(file);
      inputs.push({ path: file, size, mtimeMs });
    }
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('are none while size and time are the same', async () => {
    assert.equal(await findChangedInput({ adapter, inputs }), undefined);
  });

  it('are those with another size', async () => {
    await writeFile(model, 'another text');
    assert.equal((await findChangedInput({ adapter, inputs }))?.path, model);
  });

  it('are weights of the adapter that are gone, but no model file that is', async () => {
    await unlink(model);
    assert.equal(await findChangedInput({ adapter, inputs }), undefined);
    await unlink(adapter);
    assert.equal((await findChangedInput({ adapter, inputs }))?.path, adapter);
  });

  it('are a config that appears where there was none, but no folder of its name', async () => {
    const config = path.join(folder, 'adapter_config.json');
    inputs.push({ path: config, size: null, mtimeMs: null });
    assert.equal(await findChangedInput({ adapter, inputs }), undefined);
    await mkdir(config);
    assert.equal(await findChangedInput({ adapter, inputs }), undefined);
    await rmdir(config);
    await writeFile(config, '');
    assert.equal((await findChangedInput({ adapter, inputs }))?.path, config);
  });

  it('are a config that is gone', async () => {
    inputs.push({ path: path.join(folder, 'adapter_config.json'), size: 2, mtimeMs: 1 });
    assert.equal((await findChangedInput({ adapter, inputs }))?.path, inputs.at(-1)?.path);
  });
});
