import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Q, V, PAIRS } from '../support/adapterFixture';
import { startTestEngine, OPTIONS } from '../support/engine';
import { writeModels, writeRandomAdapter } from '../support/models';
import { inTemporaryFolder } from '../support/temporaryFolder';

/** By then pools, caches and compiled code have their size. */
const WARM_UP = 300;
const CYCLES = WARM_UP + 1000;
/** What is still referenced may not grow at all, but for a cache here and there. */
const LIVE_GROWTH_MAX = 2 * 1024 * 1024;
const HOST_GROWTH_MAX = 20 * 1024 * 1024;

async function handles(pid: number | undefined): Promise<number> {
  return process.platform === 'linux' && pid !== undefined
    ? (await readdir(`/proc/${String(pid)}/fd`)).length
    : 0;
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Brings V8's young generation to its full size first, as in a busy extension host: it never shrinks by itself. */
function fillYoungGeneration(): void {
  const recent: unknown[] = [];
  for (let i = 0; i < 2_000_000; i++) recent[i % 100_000] = { i, text: [i] };
}

/** Bytes without garbage: what is referenced, and what the system counts. */
function collected(): { readonly live: number; readonly resident: number } {
  collectGarbage();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { live: heapUsed + external, resident: rss };
}

describe('leaks', () => {
  it(`${CYCLES - WARM_UP} times open, analyze, close: no more handles, and the caller's memory stays`, async function () {
    this.timeout(1_200_000);
    await inTemporaryFolder(async (folder) => {
      const adapter = join(folder, 'adapter');
      await writeRandomAdapter(adapter, { tensors: PAIRS, config: { peft_type: 'LORA', r: 2 } });
      const models = await writeModels(folder, {
        weights: { [`${Q}.weight`]: [6, 4], [`${V}.weight`]: [6, 4] },
      });
      const engine = startTestEngine();
      fillYoungGeneration();
      try {
        let before = { engine: 0, host: 0, memory: collected() };
        for (let cycle = 0; cycle < CYCLES; cycle++) {
          await engine.call('inspect', { path: adapter });
          await engine.call('analyze', { adapter, ...models, options: OPTIONS, threads: 1 });
          if (cycle === WARM_UP)
            before = {
              engine: await handles(engine.pid),
              host: await handles(process.pid),
              memory: collected(),
            };
        }
        const after = collected();
        const live = after.live - before.memory.live;
        const resident = after.resident - before.memory.resident;
        const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
        process.stdout.write(`      grown: ${mebibytes(live)} live, ${mebibytes(resident)} resident\n`);
        assert.equal(await handles(engine.pid), before.engine);
        assert.equal(await handles(process.pid), before.host);
        assert.ok(live < LIVE_GROWTH_MAX, `the caller holds ${live} bytes more`);
        assert.ok(resident < HOST_GROWTH_MAX, `the caller grew by ${resident} bytes`);
      } finally {
        await engine.dispose();
      }
    });
  });
});
