import assert from 'node:assert/strict';
import { truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readRepairRecord } from '../../../src/io/repairRecord';
import { itInFolder } from '../../support/temporaryFolder';

async function fileWith(folder: string, header: string): Promise<string> {
  const file = path.join(folder, 'adapter_model.safetensors');
  const json = Buffer.from(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  await writeFile(file, Buffer.concat([length, json]));
  return file;
}

describe('the record of a repair', () => {
  itInFolder('is read from the metadata', async (folder) => {
    const record = JSON.stringify({ method: 'cut' });
    const file = await fileWith(folder, JSON.stringify({ __metadata__: { splora: record } }));
    assert.equal(await readRepairRecord(file), record);
  });

  itInFolder('is missing in other files, and in those that are broken or cut off', async (folder) => {
    for (const header of [
      '{}',
      '',
      '{"splora":1}',
      '{"__metadata__":{"splora":1}}',
      '{"__metadata__":["splora"]}',
      '{"__metadata__":{"splora":"x"',
    ])
      assert.equal(await readRepairRecord(await fileWith(folder, header)), undefined, header);
    const file = await fileWith(folder, JSON.stringify({ __metadata__: { splora: '{}' } }));
    for (const size of [12, 7, 0]) {
      await truncate(file, size);
      assert.equal(await readRepairRecord(file), undefined);
    }
    await truncate(file, 1 << 22);
    assert.equal(await readRepairRecord(file), undefined, 'a length of zero');
  });
});
