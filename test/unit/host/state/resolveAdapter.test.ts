import assert from 'node:assert/strict';
import { mkdir, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readAlignedHint, resolveAdapter } from '../../../../src/host/state/resolveAdapter';
import { rejection } from '../../../support/rejection';
import { inTemporaryFolder } from '../../../support/temporaryFolder';

async function files(folder: string, ...names: readonly string[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of names) await writeFile(path.join(folder, name), '{}');
}

describe('the adapter that was pointed at', () => {
  it('is the same for its weights, its config and its folder', () =>
    inTemporaryFolder(async (folder) => {
      await files(folder, 'adapter_model.safetensors', 'adapter_config.json', 'optimizer.safetensors');
      const weights = path.join(folder, 'adapter_model.safetensors');
      for (const pointed of [folder, path.join(folder, 'adapter_config.json'), weights])
        assert.equal(await resolveAdapter(pointed), weights);
    }));

  it('is the final one of an MLX run, else its last checkpoint; a checkpoint pointed at is itself', () =>
    inTemporaryFolder(async (folder) => {
      await files(
        folder,
        '0000100_adapters.safetensors',
        '0000200_adapters.safetensors',
        'adapters.safetensors',
      );
      const at = (name: string): string => path.join(folder, name);
      assert.equal(await resolveAdapter(folder), at('adapters.safetensors'));
      await rm(at('adapters.safetensors'));
      assert.equal(await resolveAdapter(folder), at('0000200_adapters.safetensors'));
      const first = at('0000100_adapters.safetensors');
      assert.equal(await resolveAdapter(first), first);
    }));

  it('is PEFT’s where both layouts lie in one folder, always the same', () =>
    inTemporaryFolder(async (folder) => {
      await files(folder, 'adapters.safetensors', 'adapter_model.safetensors');
      assert.equal(path.basename(await resolveAdapter(folder)), 'adapter_model.safetensors');
    }));

  it('is any other safetensors file, whatever its name: what is in it is the engine’s to say', () =>
    inTemporaryFolder(async (folder) => {
      await files(folder, 'lora.safetensors');
      const odd = path.join(folder, 'lora.safetensors');
      assert.equal(await resolveAdapter(odd), odd);
    }));

  it('is none: the reason says which place, and what to choose', () =>
    inTemporaryFolder(async (folder) => {
      await files(folder, 'README.md');
      const expected = [
        [folder, 'holds no LoRA adapter'],
        [path.join(folder, 'README.md'), '"README.md" is no LoRA adapter'],
        [path.join(folder, 'gone'), '"gone" does not exist'],
        [path.join(folder, 'README.md', 'inside'), '"inside" does not exist'],
      ] as const;
      for (const [pointed, message] of expected) {
        const data = await rejection(resolveAdapter(pointed), 'not-found');
        assert.ok(data.message.includes(message), data.message);
        assert.match(data.advice ?? '', /adapter_model\.safetensors/);
      }
    }));
});

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
