import assert from 'node:assert/strict';
import type { Memento } from 'vscode';
import type { AnalysisDocument, AnalysisOptions } from '../../../../src/core/report/analysis';
import { AdapterMemory, parseReading, Readings } from '../../../../src/host/state/choices';
import { analysisOf, scored } from '../../../support/analysisDocument';
import { memento } from '../../../support/memento';

const A = '/runs/a/adapter_model.safetensors';
const B = '/runs/b/adapter_model.safetensors';
const SETTINGS: AnalysisOptions = { population: 'shape', scale: 'effective', quartiles: 'exact' };

const fail = (thrown: unknown): void => assert.fail(String(thrown));

function setUp(memory = memento()): {
  readings: Readings;
  settings: { now: AnalysisOptions };
  memory: Memento;
} {
  const settings = { now: SETTINGS };
  return {
    readings: new Readings(new AdapterMemory(memory, 'reading:', parseReading, fail), () => settings.now),
    settings,
    memory,
  };
}

async function kept(value: unknown): Promise<Memento> {
  const memory = memento();
  await memory.update(`reading:${A}`, value);
  return memory;
}

const resultOf = (adapter: string): AnalysisDocument => ({
  ...analysisOf([scored('m')], { adapter }),
  options: SETTINGS,
});

describe('readings', () => {
  it('come from the settings until the user chooses for one adapter', () => {
    const { readings, settings } = setUp();
    readings.choose(A, { population: 'all' });
    assert.equal(readings.optionsOf(A).population, 'all');
    assert.equal(readings.optionsOf(B).population, 'shape');
    settings.now = { ...SETTINGS, population: 'type', scale: 'none' };
    assert.deepEqual(readings.optionsOf(A), { ...settings.now, population: 'all' });
    assert.deepEqual(readings.optionsOf(B), settings.now);
  });

  it('hold for the next analysis, and in the next session', () => {
    const { readings, memory } = setUp();
    readings.choose(A, { population: 'all' });
    readings.choose(A, { scale: 'none' });
    assert.deepEqual(readings.optionsOf(A), { population: 'all', scale: 'none', quartiles: 'exact' });
    assert.equal(setUp(memory).readings.optionsOf(A).population, 'all');
  });

  it('are brought to a result that was made in another one, and leave alone what is read so already', () => {
    const { readings } = setUp();
    const result = resultOf(A);
    assert.equal(readings.read(result), result);
    readings.choose(A, { population: 'all' });
    const anew = readings.read(result);
    assert.deepEqual(anew.options, { ...SETTINGS, population: 'all' });
    assert.deepEqual(anew.measures, result.measures);
    assert.equal(readings.read(anew), anew);
  });

  it('that another version kept are left out, part by part', async () => {
    for (const value of [null, 7, 'all', { population: 'planets' }, { scale: 3, population: 'shape' }])
      assert.equal(setUp(await kept(value)).readings.optionsOf(A).population, 'shape');
    const half = await kept({ population: 'planets', scale: 'none' });
    assert.equal(setUp(half).readings.optionsOf(A).scale, 'none');
  });
});
