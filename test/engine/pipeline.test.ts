import assert from 'node:assert/strict';
import { mkdtempSync, openSync, closeSync, rmSync, statSync, utimesSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { AnalysisDocument } from '../../src/core/report/analysis';
import type { Engine } from '../../src/engine/client';
import type { AnalyzeEvent, AnalyzeRequest } from '../../src/protocol/engineApi';
import type { CallOptions } from '../../src/rpc/channel';
import { makeAdapter, makeModels, type Weight } from '../bench/fixtures';
import { startTestEngine, OPTIONS } from '../support/engine';
import { inLarge } from '../support/largeModels';
import { rejection } from '../support/rejection';
import { skipBecause } from '../support/skip';
import { english } from '../support/english';

const SIZE = 640;
const WEIGHTS: readonly Weight[] = Array.from({ length: 24 }, (_, layer) => ({
  module: `model.layers.${String(layer)}.mlp.up_proj`,
  shape: [SIZE, SIZE] as const,
}));
const WEIGHT_BYTES = SIZE * SIZE * 2;

describe('the pipeline of the engine', () => {
  let folder: string;
  let models: { base: string; aligned: string };
  let engine: Engine;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'splora-pipeline-'));
    models = makeModels(path.join(folder, 'models'), WEIGHTS, { repeated: 1 << 20 });
  });
  beforeEach(() => {
    engine = start();
    log.length = 0;
  });
  afterEach(() => engine.dispose());
  after(() => {
    rmSync(folder, { recursive: true });
  });

  const log: string[] = [];
  const start = (): Engine => startTestEngine({ onOutput: (text) => void log.push(text) });
  /** Forgets what it has measured. */
  const restart = async (): Promise<void> => {
    await engine.dispose();
    engine = start();
  };
  const adapterOf = (rank: number): string =>
    makeAdapter(path.join(folder, `rank-${String(rank)}`), WEIGHTS, rank);
  const analyze = async (
    request: Partial<AnalyzeRequest> & { readonly adapter: string },
    call: CallOptions<AnalyzeEvent> = {},
  ): Promise<AnalysisDocument> => {
    return await engine.call('analyze', { ...models, options: OPTIONS, ...request }, call);
  };

  for (const rank of [8, 64]) {
    it(`gives the same bits with any number of threads, rank ${String(rank)}`, async () => {
      const adapter = adapterOf(rank);
      const reference = (await analyze({ adapter, threads: 1 })).measures;
      assert.equal(reference.length, WEIGHTS.length);
      for (const threads of [2, 3, 5]) {
        await restart();
        assert.deepEqual((await analyze({ adapter, threads })).measures, reference);
      }
    });
  }

  it('reads no weights for another population or scale mode', async () => {
    const adapter = adapterOf(8);
    const first = await analyze({ adapter });
    assert.equal(first.timing.bytesRead, adapterBytes(first) + WEIGHTS.length * 4 * WEIGHT_BYTES);
    const again = await analyze({
      adapter,
      options: { population: 'all', scale: 'none', quartiles: 'exact' },
    });
    assert.equal(again.timing.bytesRead, adapterBytes(again));
    assert.deepEqual(again.measures, first.measures);
  });

  it('reads again only the weights of modules that changed in the adapter', async () => {
    const adapter = adapterOf(8);
    const first = await analyze({ adapter });
    const file = path.join(adapter, 'adapter_model.safetensors');
    const descriptor = openSync(file, 'r+');
    writeSync(descriptor, Buffer.from([1]), 0, 1, statSync(file).size - 2);
    closeSync(descriptor);
    const second = await analyze({ adapter });
    assert.equal(second.timing.bytesRead, adapterBytes(second) + 4 * WEIGHT_BYTES);
    const changed = second.measures.filter((measure, i) => measure.distance !== first.measures[i]?.distance);
    assert.deepEqual(
      changed.map(({ module }) => module),
      [WEIGHTS.at(-1)?.module],
    );
  });

  it('reads weights again when their file changed', async () => {
    const adapter = adapterOf(8);
    const { timing } = await analyze({ adapter });
    const file = path.join(models.base, 'model-00001-of-00002.safetensors');
    utimesSync(file, new Date(), new Date());
    const bytesRead = (await analyze({ adapter })).timing.bytesRead;
    assert.ok(bytesRead > timing.bytesRead / 3 && bytesRead < timing.bytesRead);
  });

  it('depends on the config, also on there being none', async () => {
    const adapter = adapterOf(8);
    const config = path.join(adapter, 'adapter_config.json');
    const { size, mtimeMs } = statSync(config);
    const { inputs } = await analyze({ adapter });
    assert.deepEqual(
      inputs.filter((input) => input.path === config),
      [{ path: config, size, mtimeMs }],
    );
    rmSync(config);
    const bare = (await analyze({ adapter })).inputs;
    assert.deepEqual(
      bare.filter((input) => input.size === null),
      [{ path: config, size: null, mtimeMs: null }],
    );
    assert.equal(bare.length, inputs.length);
  });

  it('stops when canceled, and resumes from the modules it has', () =>
    inLarge(async (large) => {
      const controller = new AbortController();
      let measured = 0;
      const onEvent = ({ type }: AnalyzeEvent): void => {
        if (type === 'measured' && ++measured === 5) controller.abort();
      };
      const call = analyze({ ...large, threads: 1 }, { signal: controller.signal, onEvent });
      await rejection(call, 'cancelled');
      const rest = await analyze(large);
      await restart();
      const whole = await analyze(large);
      const saved = whole.timing.bytesRead - rest.timing.bytesRead;
      assert.ok(saved >= (5 / whole.measures.length) * 0.99 * whole.timing.bytesRead, `${saved} bytes saved`);
      assert.deepEqual(rest.measures, whole.measures);
    }));

  it('says how far sampled quartiles can be off', async () => {
    const { notes } = await analyze({ adapter: adapterOf(8), options: { ...OPTIONS, quartiles: 'sampled' } });
    assert.ok(notes.some((note) => english(note).includes('24.29% and 25.71%')));
  });

  for (const executionProvider of ['webgpu', 'cuda', 'directml', 'coreml'] as const) {
    it(`scores the same on ${executionProvider} as by the kernels, or falls back with one line in the log`, async function () {
      const adapter = adapterOf(8);
      const document = await analyze({ adapter, executionProvider });
      const notes = fallbackNotes(document);
      const lines = log.join('').split('\n');
      assert.deepEqual(
        lines.filter((line) => line.includes('cannot be used here')),
        notes,
      );
      assert.ok(notes.length <= 1);
      assert.equal(document.measures.length, WEIGHTS.length);
      if (notes[0] !== undefined) skipBecause(this, notes[0]);
      const reference = await analyze({ adapter, products: 'kernels' });
      document.measures.forEach((measure, i) => {
        const other = reference.measures[i];
        for (const name of ['distance', 'cosine', 'projectedNorm', 'updateNorm', 'vNorm'] as const) {
          assert.ok(Math.abs(measure[name] / (other?.[name] ?? NaN) - 1) < 1e-5, `${measure.module} ${name}`);
        }
        assert.ok(Math.abs(measure.q1Projected - (other?.q1Projected ?? NaN)) < 1e-6);
        assert.ok(Math.abs(measure.reversal - (other?.reversal ?? NaN)) < 1e-5);
      });
    });
  }

  const adapterBytes = ({ modules }: AnalysisDocument): number =>
    modules.reduce((sum, { bytes }) => sum + bytes, 0);
});

function fallbackNotes({ notes }: AnalysisDocument): string[] {
  return notes.map(english).filter((note) => note.includes('cannot be used here'));
}
