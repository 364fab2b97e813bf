import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { peftPair } from '../support/adapterFixture';
import { startTestEngine } from '../support/engine';
import { writeModels, writeRandomAdapter } from '../support/models';
import { inTemporaryFolder } from '../support/temporaryFolder';

/** `SPLORA_CYCLES=1000` for the whole run (npm run test:leaks). */
const CYCLES = Number(process.env['SPLORA_CYCLES'] ?? 100);
/** By then pools, caches and compiled code have their size. */
const WARM_UP = Math.min(50, CYCLES / 2);
const HOST_GROWTH_MAX = 20 * 1024 * 1024;
const Q = 'model.layers.0.self_attn.q_proj';
const V = 'model.layers.0.self_attn.v_proj';

async function handles(pid: number | undefined): Promise<number> {
  return process.platform === 'linux' && pid !== undefined
    ? (await readdir(`/proc/${String(pid)}/fd`)).length
    : 0;
}

function collected(): number {
  globalThis.gc?.();
  return process.memoryUsage().rss;
}

describe('leaks', () => {
  it(`${CYCLES} times open, analyze, close: no more handles, and the caller's memory stays`, async function () {
    this.timeout(1_200_000);
    await inTemporaryFolder(async (folder) => {
      const adapter = join(folder, 'adapter');
      await writeRandomAdapter(adapter, {
        tensors: [...peftPair(Q), ...peftPair(V)],
        config: { peft_type: 'LORA', r: 2 },
      });
      const models = await writeModels(folder, {
        weights: { [`${Q}.weight`]: [6, 4], [`${V}.weight`]: [6, 4] },
      });
      const engine = startTestEngine();
      try {
        let before = { engine: 0, host: 0, memory: 0 };
        for (let cycle = 0; cycle < CYCLES; cycle++) {
          await engine.call('inspect', { path: adapter });
          const options = { population: 'shape', scale: 'effective', quartiles: 'exact' } as const;
          await engine.call('analyze', { adapter, ...models, options, threads: 1 });
          if (cycle === WARM_UP)
            before = {
              engine: await handles(engine.pid),
              host: await handles(process.pid),
              memory: collected(),
            };
        }
        const grown = collected() - before.memory;
        assert.equal(await handles(engine.pid), before.engine);
        assert.equal(await handles(process.pid), before.host);
        assert.ok(grown < HOST_GROWTH_MAX, `the caller grew by ${grown} bytes`);
        process.stdout.write(
          `      ${CYCLES} cycles: the caller's memory changed by ${(grown / 2 ** 20).toFixed(1)} MiB\n`,
        );
      } finally {
        await engine.dispose();
      }
    });
  });
});
