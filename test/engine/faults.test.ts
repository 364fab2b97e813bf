import assert from 'node:assert/strict';
import { appendFileSync, existsSync, renameSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Engine } from '../../src/engine/client';
import type { AnalyzeRequest } from '../../src/protocol/engineApi';
import { pruneRequest, type PruneRequest } from '../support/pruneRequest';
import { peftPair } from '../support/adapterFixture';
import { OPTIONS, suiteEngine } from '../support/engine';
import { inLarge } from '../support/largeModels';
import { writeModels, writeRandomAdapter } from '../support/models';
import { rejection } from '../support/rejection';
import { mountSmallDisk, type SmallDisk } from '../support/smallDisk';
import { inTemporaryFolder } from '../support/temporaryFolder';
import { english } from '../support/english';

const LAYERS = 6;
const SIZE = 256;
const RANK = 64;
const names = Array.from({ length: LAYERS }, (_, i) => `model.layers.${String(i)}.self_attn.q_proj`);
const [FIRST = ''] = names;
const MODELS = { weights: Object.fromEntries(names.map((name) => [`${name}.weight`, [SIZE, SIZE]])) };

interface Scene {
  readonly folder: string;
  readonly analysis: AnalyzeRequest;
  readonly prune: PruneRequest;
  readonly weights: string;
}

/** A folder with an adapter of 768 kB and both of its models. */
async function inScene(work: (scene: Scene) => Promise<void>): Promise<void> {
  await inTemporaryFolder(async (folder) => {
    const adapter = join(folder, 'adapter');
    const tensors = names.flatMap((name) => peftPair(name, SIZE, SIZE, RANK));
    await writeRandomAdapter(adapter, {
      tensors,
      config: { peft_type: 'LORA', r: RANK, lora_alpha: 8, target_modules: ['q_proj'] },
    });
    const models = await writeModels(folder, MODELS);
    await work({
      folder,
      analysis: { adapter, ...models, options: OPTIONS, threads: 1 },
      prune: {
        adapter,
        modules: [FIRST],
        mode: 'remove',
        out: join(folder, 'out'),
      },
      weights: join(adapter, 'adapter_model.safetensors'),
    });
  });
}

/** Regular files that the engine holds open (Linux: the only place where this can be seen). */
async function openFiles({ pid }: Engine, folder: string): Promise<string[]> {
  if (process.platform !== 'linux' || pid === undefined) return [];
  const links = (await readdir(`/proc/${String(pid)}/fd`)).map((fd) =>
    readlink(`/proc/${String(pid)}/fd/${fd}`).catch(() => ''),
  );
  return (await Promise.all(links)).filter((target) => target.startsWith(folder));
}

/** The caller is answered at once; threads close their files a moment later. */
async function closesFiles(engine: Engine, folder: string): Promise<void> {
  for (let tries = 0; (await openFiles(engine, folder)).length > 0; tries++) {
    assert.ok(tries < 100, 'files stay open');
    await delay(50);
  }
}

describe('faults', () => {
  const engine = suiteEngine();

  /** After any failure: nothing but what was there, the original unharmed, no file held open. */
  async function assertNothingLeft(
    { folder, weights }: Scene,
    original: Buffer,
    expected: readonly string[] = ['adapter', 'aligned', 'base'],
  ): Promise<void> {
    assert.deepEqual((await readdir(folder)).sort(), expected);
    assert.deepEqual(await readFile(weights), original);
    await closesFiles(engine, folder);
  }

  describe('a file system that refuses', () => {
    let disk: SmallDisk | string;
    beforeEach(async function () {
      disk = await mountSmallDisk(512 * 1024);
      if (typeof disk !== 'string') return;
      if (this.currentTest) this.currentTest.title += ` [skipped: ${disk}]`;
      this.skip();
    });
    afterEach(() => (typeof disk === 'string' ? undefined : disk.dispose()));

    for (const [what, message, advice] of [
      ['full', /ENOSPC|no space/i, /Free some disk space/],
      ['read-only', /./, /read-only/],
    ] as const) {
      it(`${what}: says so, and leaves nothing`, () =>
        inScene(async (scene) => {
          assert.ok(typeof disk !== 'string');
          if (what === 'read-only') disk.makeReadOnly();
          const original = await readFile(scene.weights);
          const request = pruneRequest({ ...scene.prune, out: join(disk.folder, 'out') });
          const error = await rejection(engine.call('repair', request), 'io', message);
          assert.match(english(error.advice), advice);
          assert.deepEqual(await readdir(disk.folder), []);
          await assertNothingLeft(scene, original);
        }));
    }
  });

  describe('a file that changes while it is read', () => {
    const faults: Readonly<Record<string, (file: string) => void>> = {
      shrinks: (file) => truncateSync(file, 4096),
      grows: (file) => appendFileSync(file, 'x'),
      'is replaced': (file) => {
        // Another file of the same size, of holes.
        const { size } = statSync(file);
        writeFileSync(`${file}.new`, '');
        truncateSync(`${file}.new`, size);
        renameSync(`${file}.new`, file);
      },
    };
    for (const [what, fault] of Object.entries(faults)) {
      for (const which of ['aligned', 'adapter'] as const) {
        it(`analysis: the ${which === 'adapter' ? which : 'aligned model'} ${what}`, () =>
          inLarge(async (large) => {
            const file = join(
              large[which],
              which === 'adapter' ? 'adapter_model.safetensors' : 'model.safetensors',
            );
            let done = false;
            const onEvent = (): void => {
              if (!done) fault(file);
              done = true;
            };
            const error = await rejection(
              engine.call('analyze', { ...large, options: OPTIONS, threads: 1 }, { onEvent }),
              'io',
              /while it was being read/,
            );
            assert.equal(error.file, file);
            assert.match(english(error.advice), /Wait until/);
            await closesFiles(engine, dirname(large.adapter));
          }));
      }
    }
  });

  for (const method of ['analyze', 'prune'] as const) {
    it(`${method} cancelled at every event ends as cancelled or done, and leaves nothing`, () =>
      inScene(async (scene) => {
        const original = await readFile(scene.weights);
        for (let at = 0; ; at++) {
          const controller = new AbortController();
          let events = 0;
          if (at === 0) controller.abort();
          const onEvent = (): void => {
            if (++events === at) controller.abort();
          };
          const options = { signal: controller.signal, onEvent };
          const call: Promise<unknown> =
            method === 'analyze'
              ? engine.call('analyze', scene.analysis, options)
              : engine.call('repair', pruneRequest(scene.prune), options);
          const outcome = await call.then(
            () => 'done',
            () => 'failed',
          );
          if (outcome === 'done') break;
          await rejection(call, 'cancelled');
          // The caller is answered at once; the engine is free again when it answers the next call.
          await engine.call('inspect', { path: scene.analysis.adapter });
          assert.equal(existsSync(join(scene.folder, 'out')), false);
          assert.ok(at < 1000, 'it never ends');
        }
        await engine.call('analyze', scene.analysis);
        const expected = method === 'prune' ? ['adapter', 'aligned', 'base', 'out'] : undefined;
        await assertNothingLeft(scene, original, expected);
      }));
  }
});
