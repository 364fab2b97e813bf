import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SploraError } from '../../src/core/errors';
import type { Engine } from '../../src/engine/client';
import { layOutSpec } from '../fuzz/amplified';
import { promisedBytes } from '../fuzz/targets';
import { mlxPair, peftPair, writeAdapter, Q } from '../support/adapterFixture';
import { startTestEngine, OPTIONS } from '../support/engine';
import { projectRoot } from '../support/paths';
import { layOutMatrices, writeSparse } from '../support/sparseFiles';
import { skipBecause } from '../support/skip';
import { itInFolder } from '../support/temporaryFolder';

/** What README says of the memory of the engine. */
const MEMORY_BYTES = 0.2e9;

const corpus = (target: string): Buffer[] => {
  const folder = join(projectRoot, 'test/fuzz/corpus', target);
  return readdirSync(folder).map((file) => readFileSync(join(folder, file)));
};

async function peakBytes({ pid }: Engine): Promise<number> {
  const status = await readFile(`/proc/${String(pid)}/status`, 'utf8');
  return 1024 * Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]);
}

/** Refusals are fine here; a crash or a bug is not. */
async function refusedOrDone(work: Promise<unknown>): Promise<void> {
  await work.catch((thrown: unknown) => {
    const isRefusal =
      thrown instanceof SploraError && !['internal', 'process-crashed'].includes(thrown.data.code);
    if (!isRefusal) throw thrown;
  });
}

describe('memory', () => {
  let engine: Engine;
  before(function () {
    if (process.platform !== 'linux') skipBecause(this, 'only Linux tells the peak of a process');
  });
  beforeEach(() => {
    engine = startTestEngine();
  });
  afterEach(() => engine.dispose());

  async function look(adapter: string, model?: string): Promise<void> {
    await refusedOrDone(engine.call('inspect', { path: adapter }));
    await refusedOrDone(engine.call('check', { adapter, ...(model === undefined ? {} : { model }) }));
  }

  itInFolder('stays below what README says for every input of the fuzz corpus', async (folder) => {
    const adapter = join(folder, 'adapter');
    const weights = join(adapter, 'adapter_model.safetensors');
    await mkdir(adapter);
    for (const bytes of corpus('file')) {
      await writeFile(weights, bytes);
      await look(adapter);
    }
    for (const json of [...corpus('header'), ...corpus('tensor-names')]) {
      writeSparse(weights, { json, end: promisedBytes(json) });
      await look(adapter);
    }
    for (const text of corpus('amplified')) {
      const laidOut = layOutSpec(text.toString()) ?? assert.fail(text.toString());
      writeSparse(weights, laidOut);
      await writeFile(join(adapter, 'adapter_config.json'), laidOut.configText);
      await look(adapter);
    }
    for (const [target, pair] of [
      ['peft-config', peftPair(Q)],
      ['mlx-config', mlxPair(Q)],
    ] as const) {
      for (const text of corpus(target)) {
        await writeAdapter(adapter, pair, text.toString());
        await look(adapter);
      }
    }
    await writeAdapter(adapter, peftPair(Q), { peft_type: 'LORA', r: 2 });
    for (const [target, name] of [
      ['model-config', 'config.json'],
      ['shard-index', 'model.safetensors.index.json'],
    ] as const) {
      const model = join(folder, target);
      await mkdir(model);
      for (const text of corpus(target)) {
        await writeFile(join(model, name), text);
        await look(adapter, model);
      }
    }
    const peak = await peakBytes(engine);
    assert.ok(peak < MEMORY_BYTES, `${String(peak)} bytes`);
  });

  itInFolder('is not taken for a name of 20 MB of dots', async (folder) => {
    const name = '.'.repeat(20_000_000);
    writeSparse(join(folder, 'adapter_model.safetensors'), layOutMatrices([{ name, shape: [1, 1] }]));
    await look(folder);
    const peak = await peakBytes(engine);
    assert.ok(peak < MEMORY_BYTES, `${String(peak)} bytes`);
  });

  itInFolder(
    'is not taken for a rank that the layer cannot use: the module is not scored',
    async (folder) => {
      const [size, rank] = [4096, 8192];
      const adapter = join(folder, 'adapter');
      await mkdir(adapter);
      const factors = layOutMatrices([
        { name: `base_model.model.${Q}.lora_A.weight`, shape: [rank, size] },
        { name: `base_model.model.${Q}.lora_B.weight`, shape: [size, rank] },
      ]);
      writeSparse(join(adapter, 'adapter_model.safetensors'), factors);
      const weight = layOutMatrices([{ name: `${Q}.weight`, shape: [size, size] }]);
      for (const model of ['base', 'aligned']) {
        await mkdir(join(folder, model));
        writeSparse(join(folder, model, 'model.safetensors'), weight);
      }
      const models = { base: join(folder, 'base'), aligned: join(folder, 'aligned') };
      const { modules } = await engine.call('analyze', { adapter, ...models, options: OPTIONS });
      assert.deepEqual(
        modules.map(({ status }) => status),
        ['unsupported'],
      );
      await engine.call('compare', { left: adapter, right: adapter });
      const peak = await peakBytes(engine);
      assert.ok(peak < MEMORY_BYTES, `${String(peak)} bytes`);
    },
  );
});
