import assert from 'node:assert/strict';
import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CONFIG_BYTES_MAX } from '../../../src/core/adapter/configText';
import { openAdapter, openAdapterWeights, readOpened } from '../../../src/io/openAdapter';
import { peftPair, writeAdapter } from '../../support/adapterFixture';
import { rejection } from '../../support/rejection';
import { itInFolder } from '../../support/temporaryFolder';

describe('openAdapter', () => {
  itInFolder('opens an adapter with its config as text, and leaves the weights open', async (folder) => {
    await writeAdapter(folder, peftPair('q'), '{"r": 2, "lora_alpha": 4.0}');
    const { adapter, source } = await openAdapter(folder);
    try {
      assert.equal(adapter.modules[0]?.scale, 2);
      assert.equal(adapter.configText, '{"r": 2, "lora_alpha": 4.0}');
      await source.readInto(new Uint8Array(8), 0);
      assert.equal(source.path, adapter.weightsFile);
    } finally {
      await source.close();
    }
  });

  itInFolder('reads the header of what is no adapter', async (folder) => {
    await writeAdapter(folder, [{ name: 'w', shape: [1] }]);
    const opened = await openAdapterWeights(folder);
    assert.equal(opened.header.tensors.size, 1);
    await rejection(readOpened(opened), 'unsupported-adapter');
    await opened.source.close();
  });

  itInFolder('refuses broken files with one clear sentence', async (root) => {
    const [huge, latin, folderConfig, cut] = ['huge', 'latin', 'folder', 'cut'].map((name) =>
      join(root, name),
    );
    assert.ok(huge !== undefined && latin !== undefined && folderConfig !== undefined && cut !== undefined);
    await writeAdapter(huge, peftPair('q'), '{}');
    await truncate(join(huge, 'adapter_config.json'), CONFIG_BYTES_MAX + 1);
    await rejection(openAdapter(huge), 'bad-config', /larger than/);
    await writeAdapter(latin, peftPair('q'), '{}');
    await writeFile(join(latin, 'adapter_config.json'), Buffer.from([0x7b, 0xff, 0x7d]));
    await rejection(openAdapter(latin), 'bad-config', /not UTF-8/);
    await writeAdapter(cut, peftPair('q'), '{}');
    await truncate(join(cut, 'adapter_model.safetensors'), 200);
    await rejection(openAdapter(cut), 'bad-safetensors');
    await mkdir(join(folderConfig, 'adapter_model.safetensors'), { recursive: true });
    await rejection(openAdapter(folderConfig), 'io');
  });
});
