import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { appendFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { planWrite, type TensorFate, type WritePlan } from '../../../src/core/safetensors/writePlan';
import { openByteSource, type ByteSource } from '../../../src/io/byteSource';
import { readSafetensorsHeader } from '../../../src/io/safetensorsFile';
import { hashSource, writeSafetensors } from '../../../src/io/writeSafetensors';
import { readIndependently } from '../../support/independentReader';
import { itWithRealAdapters, sample, shared } from '../../support/paths';
import { rejection } from '../../support/rejection';
import { safetensorsBytes } from '../../support/safetensorsBytes';
import { inTemporaryFolder } from '../../support/temporaryFolder';
import { english } from '../../support/english';

const BIG = randomBytes(9_000_004);

/** Runs `work` with a source file of 9 MB, thus more than two chunks, and a plan for it. */
async function withPlan(
  fate: (name: string) => TensorFate,
  work: (source: ByteSource, plan: WritePlan, target: string, folder: string) => Promise<void>,
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
  it('writes kept tensors bit for bit, in bounded pieces, and knows its hash', async () => {
    await withPlan(
      () => 'copy',
      async (source, plan, target) => {
        const told: number[] = [];
        const written = await writeSafetensors(source, plan, target, {
          onBytes: (bytes) => told.push(bytes),
        });
        const file = await readFile(target);
        assert.deepEqual(written, { bytes: file.length, sha256: sha256(file) });
        assert.equal(told.at(-1), plan.totalBytes);
        assert.ok(told.length >= 4);
        const [before, after] = [
          await readIndependently(await readFile(source.path)),
          await readIndependently(file),
        ];
        for (const name of ['small', 'big']) {
          assert.ok(Buffer.from(before.getTensor(name)).equals(Buffer.from(after.getTensor(name))), name);
        }
      },
    );
  });

  it('zeroes after copying without a trace of what was copied', async () => {
    await withPlan(
      (name) => (name === 'small' ? 'zero' : 'copy'),
      async (source, plan, target) => {
        await writeSafetensors(source, plan, target, {});
        assert.deepEqual(
          [...(await readIndependently(await readFile(target))).getTensor('small')],
          Array(12).fill(0),
        );
      },
    );
  });

  it('writes transformed bytes', async () => {
    const replace = randomBytes(BIG.length);
    await withPlan(
      (name) => (name === 'big' ? { transform: () => replace, shape: [replace.length / 4] } : 'drop'),
      async (source, plan, target) => {
        await writeSafetensors(source, plan, target, {});
        const reader = await readIndependently(await readFile(target));
        assert.ok(Buffer.from(reader.getTensor('big')).equals(Buffer.from(replace)));
      },
    );
  });

  for (const path of [
    'gpt2-tigrinya/adapter_model.safetensors',
    'distilgpt2-pipeline/adapter_model.safetensors',
    'bert-seqcls/adapter_model.safetensors',
    't5-small-summarizer/adapter_model.safetensors',
    'opt-125m-bf16/adapter_model.safetensors',
    'gemma3-270m-logo/adapter_model.safetensors',
    'mlx-qwen25-05b/adapters.safetensors',
    'sd-unet-bf16/pytorch_lora_weights.safetensors',
    'edge-sam-custom-keys/lora_rank2.safetensors',
  ]) {
    itWithRealAdapters(
      `writes every second tensor of ${path} so that another reader finds it bit-equal`,
      async () => {
        const source = await openByteSource(shared('adapters', ...path.split('/')));
        try {
          await inTemporaryFolder(async (folder) => {
            const header = await readSafetensorsHeader(source);
            const kept = [...header.tensors.keys()].filter((_, i) => i % 2 === 0);
            const plan = planWrite(
              header,
              (name) => (kept.includes(name) ? 'copy' : 'drop'),
              new Map([['splora', '{}']]),
            );
            await writeSafetensors(source, plan, join(folder, 'x'), {});
            const after = await readIndependently(await readFile(join(folder, 'x')));
            const before = await readIndependently(await readFile(source.path));
            assert.deepEqual([...after.metadata.keys()].sort(), kept.sort());
            for (const name of kept) {
              assert.ok(Buffer.from(after.getTensor(name)).equals(Buffer.from(before.getTensor(name))), name);
              assert.deepEqual(after.metadata.get(name)?.shape, before.metadata.get(name)?.shape);
              assert.equal(after.metadata.get(name)?.dtype, before.metadata.get(name)?.dtype);
            }
          });
        } finally {
          await source.close();
        }
      },
    );
  }

  it('never writes over a file', async () => {
    await withPlan(
      () => 'copy',
      async (source, plan, target) => {
        await writeFile(target, 'mine');
        assert.equal(
          (await rejection(writeSafetensors(source, plan, target, {}), 'output-exists')).file,
          target,
        );
        assert.equal(await readFile(target, 'utf8'), 'mine');
      },
    );
  });

  it('stops on cancel at any chunk, and leaves nothing', async () => {
    for (const after of [0, 1, 2, 3]) {
      await withPlan(
        () => 'copy',
        async (source, plan, target, folder) => {
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
        },
      );
    }
  });

  it('leaves nothing when the source changes meanwhile', async () => {
    await withPlan(
      () => 'copy',
      async (source, plan, target, folder) => {
        await appendFile(source.path, 'x');
        assert.match(
          english((await rejection(writeSafetensors(source, plan, target, {}), 'io')).message),
          /was changed/,
        );
        assert.deepEqual(await readdir(folder), ['source.safetensors']);
      },
    );
  });

  it('passes on what a failing disk says', async () => {
    await withPlan(
      () => 'copy',
      async (source, plan, target, folder) => {
        const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
        const failing: ByteSource = { ...bound(source), readInto: () => Promise.reject(full) };
        const data = await rejection(writeSafetensors(failing, plan, target, {}), 'io');
        assert.match(english(data.advice), /disk space/);
        assert.deepEqual(await readdir(folder), ['source.safetensors']);
      },
    );
  });

  it('says that there is no folder to write into', async () => {
    await withPlan(
      () => 'copy',
      async (source, plan, _target, folder) => {
        await rejection(writeSafetensors(source, plan, join(folder, 'none', 'x'), {}), 'not-found');
      },
    );
  });
});

function bound(source: ByteSource): ByteSource {
  const { path, size } = source;
  return {
    path,
    size,
    readInto: (target, position) => source.readInto(target, position),
    assertUnchanged: () => source.assertUnchanged(),
    close: () => source.close(),
  };
}

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

  it('knows the empty file', async () => {
    await inTemporaryFolder(async (folder) => {
      await writeFile(join(folder, 'x'), '');
      const source = await openByteSource(join(folder, 'x'));
      assert.equal(await hashSource(source), sha256(new Uint8Array()));
      await source.close();
    });
  });
});
