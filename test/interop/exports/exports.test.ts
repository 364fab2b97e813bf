import assert from 'node:assert/strict';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXPORT_TARGETS, TARGETS, type ExportTarget } from '../../../src/core/export/targets';
import type { Engine } from '../../../src/engine/client';
import { METHODS } from '../../../src/methods';
import { startTestEngine } from '../../support/engine';
import { sample } from '../../support/paths';
import { skipBecause } from '../../support/skip';
import { HANG_MS, interopPython, startPython, type Python } from '../python';
import { makeModels } from '../servers/startServer';
import { requestBy } from '../writtenAdapters';
import { askFor, distance, EFFECT, RUN_LOADER, TOLERANCE, type Answers } from './loaders';
import { KINDS, ROWS } from './page';
import { record, type Outcome } from './record';

describe('adapters written for each loader', function () {
  this.timeout(HANG_MS);
  let folder = '';
  let engine: Engine;
  let python: Python;
  let stop = (): Promise<void> => Promise.resolve();
  const expected = new Map<string, Answers>();
  const written = new Map<ExportTarget, Map<string, string>>();

  before(async function () {
    const started = await startPython('exports/peftLogits.py');
    if ('missing' in started) skipBecause(this, started.missing);
    python = started;
    engine = startTestEngine();
    folder = await mkdtemp(join(tmpdir(), 'splora-exports-'));
    stop = async () => {
      python.dispose();
      await engine.dispose();
      await rm(folder, { recursive: true, force: true });
    };
    await makeFamily(folder);
    await python.ask({ what: 'kinds', plain: join(folder, 'plain'), folder });
    await writeAll({ engine, folder, written });
    const model = join(folder, 'model');
    expected.set('base', await askFor(python, model, null));
    for (const row of ROWS.keys()) {
      const source = row === 'mlx' ? 'plain' : row;
      expected.set(row, await askFor(python, model, join(folder, source)));
    }
  });
  after(() => stop());

  it('have an effect to compare', () => {
    const base = expected.get('base');
    for (const row of ROWS.keys()) assert.ok(distance(expected.get(row), base) > EFFECT, row);
  });

  for (const target of EXPORT_TARGETS) {
    it(`compute in ${TARGETS[target].title} what the adapter computes in PEFT`, async function () {
      const adapters = written.get(target) ?? new Map<string, string>();
      const measured = await RUN_LOADER[target](join(folder, 'model'), adapters);
      if ('missing' in measured) skipBecause(this, measured.missing);
      const outcomes = [...ROWS.keys()].map((row): Outcome => {
        const difference = distance(measured.answers.get(row), expected.get(row));
        return { row, difference, effect: distance(expected.get(row), expected.get('base')) };
      });
      await record({ target, version: measured.version, outcomes });
      for (const { row, difference } of outcomes)
        assert.ok(difference < TOLERANCE, `${row}: log-probabilities differ by ${difference}`);
    });
  }
});

/** The tiny family with heads of a size that every loader takes: `model`, `base`, and the adapter `plain`. */
async function makeFamily(folder: string): Promise<void> {
  const python = await interopPython();
  if (typeof python !== 'string') throw new Error(python.missing);
  await makeModels(python, 'padded', sample('aligned'), join(folder, 'aligned'), sample('adapter-mixed'));
  await makeModels(python, 'padded', sample('base'), join(folder, 'pretrained'));
  await rename(join(folder, 'aligned', 'model'), join(folder, 'model'));
  await rename(join(folder, 'aligned', 'adapter-mixed'), join(folder, 'plain'));
  await rename(join(folder, 'pretrained', 'model'), join(folder, 'base'));
}

interface Writing {
  readonly engine: Engine;
  readonly folder: string;
  readonly written: Map<ExportTarget, Map<string, string>>;
}

/** Each kind by `export`, each method by `repair`, which also writes it as it is. */
async function writeAll({ engine, folder, written }: Writing): Promise<void> {
  const [plain, model] = [join(folder, 'plain'), join(folder, 'model')];
  await engine.call('export', { adapter: plain, target: 'mlx', copyRest: false, out: join(folder, 'mlx') });
  const { adapter } = await engine.call('inspect', { path: plain });
  const names = adapter?.modules.map(({ module }) => module) ?? [];
  for (const target of EXPORT_TARGETS) {
    const adapters = new Map<string, string>();
    written.set(target, adapters);
    for (const row of Object.keys(KINDS)) {
      const out = join(folder, `${row}-${target}`);
      await engine.call('export', { adapter: join(folder, row), target, model, copyRest: false, out });
      adapters.set(row, out);
    }
  }
  const selected = names.filter((_, index) => index % 3 === 0);
  const family = { folder, adapter: plain, base: join(folder, 'base'), aligned: model, names, selected };
  for (const method of METHODS) {
    const request = await requestBy(method, family);
    await engine.call('repair', { ...request, out: join(folder, method.id) });
    for (const target of EXPORT_TARGETS) {
      const out = join(folder, `${method.id}-${target}`);
      await engine.call('repair', { ...request, out, target, model });
      written.get(target)?.set(method.id, out);
    }
  }
}
