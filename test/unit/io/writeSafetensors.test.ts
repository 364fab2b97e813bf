import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { appendFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { planWrite, type TensorFate, type WritePlan } from '../../../src/core/safetensors/writePlan';
import { openByteSource, type ByteSource } from '../../../src/io/byteSource';
import { readSafetensorsHeader } from '../../../src/io/safetensorsFile';
import { hashSource, writeSafetensors } from '../../../src/io/writeSafetensors';
import { readIndependently } from '../../support/independentReader';
import { sample } from '../../support/paths';
import { rejection } from '../../support/rejection';
import { safetensorsBytes } from '../../support/safetensorsBytes';
import { inTemporaryFolder } from '../../support/temporaryFolder';

const BIG = randomBytes(9_000_004);

/** Runs `work` with a source file of 9 MB, thus more than two chunks, and a plan for it. */
async function withPlan(
  work: (source: ByteSource, plan: WritePlan, target: string, folder: string) => Promise<void>,
  fate: (name: string) => TensorFate = () => 'copy',
): Promise<void> {
  await inTemporaryFolder(async (folder) => {
    const path = join(folder, 'source.safetensors');
    await writeFile(
      path,
      safetensorsBytes([
        { name: 'small', shape: [3] },
        { name: 'big', shape: [2_250_001], data: BIG },
      ]),
    );
    const source = await openByteSource(path);
    try {
      const plan = planWrite(await readSafetensorsHeader(source), fate, new Map([['splora', '{}']]));
      await work(source, plan, join(folder, 'target.safetensors'), folder);
    } finally {
      await source.close();
    }
  });
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('writeSafetensors', () => {
  it('writes kept tensors bit for bit, in bounded pieces', () =>
    withPlan(async (source, plan, target) => {
      const told: number[] = [];
      await writeSafetensors(source, plan, target, {
        onBytes: (bytes) => told.push(bytes),
      });
      const file = await readFile(target);
      assert.equal(file.length, plan.totalBytes);
      assert.equal(told.at(-1), plan.totalBytes);
      assert.ok(told.length >= 4);
      const [before, after] = [
        await readIndependently(await readFile(source.path)),
        await readIndependently(file),
      ];
      for (const name of ['small', 'big']) {
        assert.ok(Buffer.from(before.getTensor(name)).equals(Buffer.from(after.getTensor(name))), name);
      }
    }));

  it('writes transformed bytes', async () => {
    const replace = randomBytes(BIG.length);
    await withPlan(
      async (source, plan, target) => {
        await writeSafetensors(source, plan, target, {});
        const reader = await readIndependently(await readFile(target));
        assert.ok(Buffer.from(reader.getTensor('big')).equals(Buffer.from(replace)));
      },
      (name) => (name === 'big' ? { transform: () => replace, shape: [replace.length / 4] } : 'drop'),
    );
  });

  it('never writes over a file', () =>
    withPlan(async (source, plan, target) => {
      await writeFile(target, 'mine');
      assert.equal(
        (await rejection(writeSafetensors(source, plan, target, {}), 'output-exists')).file,
        target,
      );
      assert.equal(await readFile(target, 'utf8'), 'mine');
    }));

  it('stops on cancel at any chunk, and leaves nothing', async () => {
    for (const after of [0, 1, 2, 3]) {
      await withPlan(async (source, plan, target, folder) => {
        const cancel = new AbortController();
        let chunks = 0;
        if (after === 0) cancel.abort();
        const onBytes = (): void => {
          if (++chunks === after) cancel.abort();
        };
        await rejection(
          writeSafetensors(source, plan, target, { signal: cancel.signal, onBytes }),
          'cancelled',
        );
        assert.deepEqual(await readdir(folder), ['source.safetensors']);
      });
    }
  });

  it('leaves nothing when the source changes meanwhile', () =>
    withPlan(async (source, plan, target, folder) => {
      await appendFile(source.path, 'x');
      await rejection(writeSafetensors(source, plan, target, {}), 'io', /was changed/);
      assert.deepEqual(await readdir(folder), ['source.safetensors']);
    }));
});

describe('hashSource', () => {
  it('is the SHA-256 of the file', async () => {
    const path = sample('adapter-mixed', 'adapter_model.safetensors');
    const source = await openByteSource(path);
    try {
      assert.equal(await hashSource(source), sha256(await readFile(path)));
      const cancelled = AbortSignal.abort();
      await rejection(hashSource(source, { signal: cancelled }), 'cancelled');
    } finally {
      await source.close();
    }
  });
});
