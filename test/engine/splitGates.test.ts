import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FitSplit, ModuleGates } from '../../src/core/results/fit/types';
import { planMlx } from '../../src/core/export/mlx';
import { openAdapter } from '../../src/io/openAdapter';
import { writeSafetensors } from '../../src/io/writeSafetensors';
import { suiteEngine } from '../support/engine';
import { fitOf } from '../support/fitDocument';
import { fixture, sample } from '../support/paths';
import { probesOf } from '../support/probes';
import { itInFolder } from '../support/temporaryFolder';

interface Golden {
  readonly norm: number;
  readonly probe: number;
}

/** Of the norm: float32 products, and singular values as close as 0.3 %. */
const TOLERANCE = 1e-5;
/** Of the largest probe: factors in bf16 or fp16 are rounded. */
const HALF_TOLERANCE = 0.02;

/** Both gates between 0 and 1, one of them 0, both equal, both 1, and both 0: some need twice the rank. */
const KINDS = [
  [0.25, 0.75],
  [0, 0.5],
  [0.5, 0.5],
  [1, 1],
  [0, 0],
  [1, 0.5],
] as const;

const gatesOf = (names: readonly string[], kinds: readonly (readonly [number, number])[]): ModuleGates[] =>
  names.map((module, index) => {
    const [on, off] = kinds[index % kinds.length] ?? [1, 1];
    return { module, on, off };
  });

describe('split gates of the engine', () => {
  const engine = suiteEngine();

  const apply = async (
    adapter: string,
    models: string,
    {
      out,
      kinds,
      split,
    }: { out: string; kinds: typeof KINDS | readonly [readonly [number, number]]; split: FitSplit },
  ) => {
    const { path, adapter: read } = await engine.call('inspect', { path: adapter });
    const gates = gatesOf(read?.modules.map(({ module }) => module) ?? [], kinds);
    const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
    const result = await engine.call('repair', {
      ...{ adapter, method: 'split-gates', options: {}, modules: [], copyRest: false, out },
      ...{ base: join(models, 'base'), aligned: join(models, 'aligned') },
      results: { fit: fitOf(gates, { sha256, split }) },
    });
    return { gates, result };
  };

  itInFolder('gives the golden parts of every module of the sample their gates', async (folder) => {
    const golden = JSON.parse(readFileSync(fixture('golden', 'cut-adapter-mixed.json'), 'utf8')) as {
      readonly cut: Readonly<Record<string, Golden>>;
    };
    const out = join(folder, 'out');
    const split = { k: 8, side: 'both' } as const;
    const { gates } = await apply(sample('adapter-mixed'), sample(), { out, kinds: KINDS, split });
    const [before, after] = [await probesOf(sample('adapter-mixed')), await probesOf(out)];
    for (const { module, on, off = on } of gates) {
      const { norm, probe } = golden.cut[module] ?? { norm: NaN, probe: NaN };
      const expected = off * probe + on * ((before.get(module) ?? NaN) - probe);
      assert.ok(Math.abs((after.get(module) ?? 0) - expected) <= 3 * TOLERANCE * norm, module);
    }
    const { adapter } = await engine.call('inspect', { path: out });
    assert.deepEqual(new Set(adapter?.modules.map(({ rank }) => rank)), new Set([8]));
  });

  for (const family of ['gpt2-conv1d', 'gqa-sharded', 'rank-pattern']) {
    for (const side of ['both', 'input', 'output'] as const) {
      itInFolder(
        `every module of ${family} has the update that its config promises: ${side}`,
        async (folder) => {
          const adapter = fixture('families', family, 'adapter');
          const [cut, out] = [join(folder, 'cut'), join(folder, 'out')];
          const models = fixture('families', family);
          await engine.call('repair', {
            ...{ adapter, method: 'cut', options: { k: 2, side }, modules: [], copyRest: false, out: cut },
            ...{ base: join(models, 'base'), aligned: join(models, 'aligned') },
          });
          const { gates, result } = await apply(adapter, models, {
            out,
            kinds: KINDS,
            split: { k: 2, side },
          });
          const probes = await Promise.all([adapter, cut, out].map(probesOf));
          const [before, offPart, after] = probes;
          const largest = Math.max(...[...(before?.values() ?? [])].map(Math.abs));
          for (const { module, on, off = on } of gates) {
            const [whole, part] = [before?.get(module) ?? NaN, offPart?.get(module) ?? NaN];
            const expected = off * part + on * (whole - part);
            const error = Math.abs((after?.get(module) ?? 0) - expected);
            assert.ok(error <= HALF_TOLERANCE * largest, `${module}: ${error} of ${largest}`);
          }
          assert.equal(result.changed.length + result.kept.length, gates.length);
        },
      );
    }
  }

  itInFolder('keeps the rank where all gates are nearly 1, and says what that changes', async (folder) => {
    const kinds = [[0.9995, 1]] as const;
    const out = join(folder, 'out');
    const split = { k: 8, side: 'both' } as const;
    const { result } = await apply(sample('adapter-mixed'), sample(), { out, kinds, split });
    const { adapter, metadata } = await engine.call('inspect', { path: out });
    assert.deepEqual(new Set(adapter?.modules.map(({ rank }) => rank)), new Set([4]));
    const { compressionError = 1 } = JSON.parse(metadata['splora'] ?? '{}') as { compressionError?: number };
    assert.ok(compressionError > 0 && compressionError < 1e-3);
    assert.match(result.notes.map(({ text }) => text).join(' '), /compressed to its rank/);
  });

  itInFolder('writes the same update of an MLX adapter', async (folder) => {
    const [mlx, out, peftOut] = [join(folder, 'mlx'), join(folder, 'out'), join(folder, 'peft')];
    await writeMlx(mlx);
    const split = { k: 8, side: 'both' } as const;
    await apply(mlx, sample(), { out, kinds: KINDS, split });
    await apply(sample('adapter-mixed'), sample(), { out: peftOut, kinds: KINDS, split });
    const [probes, expected] = [await probesOf(out), await probesOf(peftOut)];
    assert.ok(probes.size > 0);
    for (const [module, probe] of expected)
      assert.ok(Math.abs((probes.get(module) ?? 0) - probe) < 1e-3, `${module}: ${probes.get(module)}`);
  });
});

/** The sample's adapter as mlx-lm has it. */
async function writeMlx(folder: string): Promise<void> {
  const { adapter, source } = await openAdapter(sample('adapter-mixed'));
  const { weights, weightsName, configText = '' } = planMlx({ adapter });
  await mkdir(folder);
  await writeSafetensors(source, weights, join(folder, weightsName));
  await writeFile(join(folder, 'adapter_config.json'), configText);
  await source.close();
}
