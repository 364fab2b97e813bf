import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { openByteSource } from '../../../src/io/byteSource';
import { readTorchHeader } from '../../../src/io/torchFile';
import { openAdapterWeights } from '../../../src/io/openAdapter';
import type { SafetensorsHeader } from '../../../src/core/safetensors/types';
import { PAIRS } from '../../support/adapterFixture';
import { itInFolder } from '../../support/temporaryFolder';
import { stateDictPickle, torchBytes, zipOf } from '../../support/torchBytes';

async function written(folder: string, bytes: Uint8Array): Promise<SafetensorsHeader> {
  const file = path.join(folder, 'adapter_model.bin');
  await writeFile(file, bytes);
  const source = await openByteSource(file);
  try {
    return await readTorchHeader(source);
  } finally {
    await source.close();
  }
}

describe('readTorchHeader', () => {
  itInFolder('reads the list of tensors of what torch.save writes', async (folder) => {
    const read = (bytes: Uint8Array): Promise<SafetensorsHeader> => written(folder, bytes);
    assert.deepEqual(
      [...(await read(torchBytes(PAIRS))).tensors.values()].map(({ name, shape }) => ({ name, shape })),
      PAIRS.map(({ name, shape }) => ({ name, shape })),
    );
  });

  itInFolder('refuses old and foreign files, and archives without a list of tensors', async (folder) => {
    const read = (bytes: Uint8Array): Promise<SafetensorsHeader> => written(folder, bytes);
    await assert.rejects(read(Buffer.from('\x80\x02}.', 'latin1')), /not a zip archive of torch 1\.6/);
    await assert.rejects(read(Buffer.alloc(0)), /not a zip archive/);
    await assert.rejects(read(zipOf('a/other.pkl', stateDictPickle(PAIRS))), /no list of tensors/);
    await assert.rejects(read(zipOf('a/data.pkl', stateDictPickle(PAIRS), 8)), /no list of tensors/);
    const whole = torchBytes(PAIRS);
    for (let at = 7; at < whole.length; at += 7)
      await assert.rejects(read(whole.subarray(at)), { name: 'SploraError' });
  });

  itInFolder('is read for the load check alone', async (folder) => {
    const read = (bytes: Uint8Array): Promise<SafetensorsHeader> => written(folder, bytes);
    await read(torchBytes(PAIRS));
    await assert.rejects(openAdapterWeights(folder), /a PyTorch pickle/);
    const opened = await openAdapterWeights(folder, 'pickle too');
    await opened.source.close();
    assert.equal(opened.header.tensors.size, PAIRS.length);
  });
});
