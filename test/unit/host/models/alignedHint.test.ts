import assert from 'node:assert/strict';
import { mkdir, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readAlignedHint } from '../../../../src/host/models/alignedHint';
import { inTemporaryFolder } from '../../../support/temporaryFolder';

describe('the aligned model that an adapter names', () => {
  const hintOf = async (config: string | undefined): Promise<string | undefined> => {
    let hint: string | undefined;
    await inTemporaryFolder(async (folder) => {
      if (config !== undefined) await writeFile(path.join(folder, 'adapter_config.json'), config);
      hint = await readAlignedHint(path.join(folder, 'adapter_model.safetensors'));
    });
    return hint;
  };

  it('is PEFT’s or MLX’s field', async () => {
    assert.equal(await hintOf('{"base_model_name_or_path": "org/chat", "model": "no"}'), 'org/chat');
    assert.equal(await hintOf('{"model": "org/chat"}'), 'org/chat');
    assert.equal(await hintOf('{"base_model_name_or_path": "", "model": "org/chat"}'), 'org/chat');
  });

  it('is not known where the config is missing, broken, silent or no object', async () => {
    for (const config of [undefined, '{', '', 'null', '[]', '{}', '7', '{"base_model_name_or_path": 7}'])
      assert.equal(await hintOf(config), undefined, config);
  });

  it('is not looked for in what is no file', () =>
    inTemporaryFolder(async (folder) => {
      await mkdir(path.join(folder, 'adapter_config.json'));
      assert.equal(await readAlignedHint(path.join(folder, 'adapter_model.safetensors')), undefined);
    }));

  it('is not looked for in a file too large for a config', () =>
    inTemporaryFolder(async (folder) => {
      const config = path.join(folder, 'adapter_config.json');
      await writeFile(config, '{"model": "org/chat"}');
      await truncate(config, 17 * 1024 * 1024);
      assert.equal(await readAlignedHint(path.join(folder, 'adapter_model.safetensors')), undefined);
    }));
});
