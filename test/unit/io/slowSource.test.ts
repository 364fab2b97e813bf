import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { planWrite } from '../../../src/core/safetensors/writePlan';
import { openByteSource, type ByteSource } from '../../../src/io/byteSource';
import { readSafetensorsHeader } from '../../../src/io/safetensorsFile';
import { hashSource, writeSafetensors } from '../../../src/io/writeSafetensors';
import { sample } from '../../support/paths';
import { rejection } from '../../support/rejection';
import { inTemporaryFolder } from '../../support/temporaryFolder';

const ADAPTER = sample('adapter-mixed', 'adapter_model.safetensors');
/** Turns of the event loop that each read takes, in pieces: a network disk in miniature. */
const TURNS = 20;
const PIECE = 1000;

/** The file, read as slowly as a network file system may; `onRead` is told of each piece. */
async function slowSource(onRead: () => void = () => undefined): Promise<ByteSource> {
  const file = await openByteSource(ADAPTER);
  return {
    path: file.path,
    size: file.size,
    readInto: async (target, position) => {
      for (let at = 0; at < target.length; at += PIECE) {
        for (let turn = 0; turn < TURNS; turn++) await setImmediate();
        await file.readInto(target.subarray(at, at + PIECE), position + at);
        onRead();
      }
    },
    assertUnchanged: () => file.assertUnchanged(),
    close: () => file.close(),
  };
}

describe('a slow file', () => {
  it('is read and copied like a fast one', async () => {
    const source = await slowSource();
    try {
      const header = await readSafetensorsHeader(source);
      assert.equal(header.tensors.size, 112);
      const digest = createHash('sha256')
        .update(await readFile(ADAPTER))
        .digest('hex');
      assert.equal(await hashSource(source), digest);
      await inTemporaryFolder(async (folder) => {
        const target = join(folder, 'copy.safetensors');
        const plan = planWrite(header, () => 'copy', new Map());
        const { bytes } = await writeSafetensors(source, plan, target);
        assert.equal((await readFile(target)).length, bytes);
      });
    } finally {
      await source.close();
    }
  });

  it('does not keep a cancelled write going, which leaves nothing', async () => {
    const controller = new AbortController();
    let reads = 0;
    const source = await slowSource(() => {
      if (++reads === 10) controller.abort();
    });
    try {
      const plan = planWrite(await readSafetensorsHeader(source), () => 'copy', new Map());
      reads = 0;
      await inTemporaryFolder(async (folder) => {
        const target = join(folder, 'copy.safetensors');
        await rejection(writeSafetensors(source, plan, target, { signal: controller.signal }), 'cancelled');
        await assert.rejects(readFile(target), { code: 'ENOENT' });
      });
    } finally {
      await source.close();
    }
  });
});
