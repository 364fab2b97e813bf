import assert from 'node:assert/strict';
import type { AnalysisDocument, AnalysisOptions } from '../../../../src/core/report/analysis';
import { Readings, type Reading } from '../../../../src/host/state/readings';
import { analysisOf, scored } from '../../../support/analysisDocument';

const A = '/runs/a/adapter_model.safetensors';
const B = '/runs/b/adapter_model.safetensors';

function setUp(remembered = new Map<string, unknown>()): {
  readings: Readings;
  settings: { now: AnalysisOptions };
  readingOf: (adapter: string) => Reading | undefined;
  remembered: Map<string, unknown>;
} {
  const settings: { now: AnalysisOptions } = {
    now: { population: 'shape', scale: 'effective', quartiles: 'exact' },
  };
  const documents = new Map<string, AnalysisDocument>(
    [A, B].map((adapter) => {
      const document = analysisOf([scored('m')], { adapter });
      return [adapter, { ...document, options: settings.now }];
    }),
  );
  const readings = new Readings({
    defaults: () => settings.now,
    remembered: (adapter) => remembered.get(adapter),
    remember: (adapter, choice) => remembered.set(adapter, choice),
    documents: () => [...documents.values()],
    replace: (document) => {
      documents.set(document.adapter, document);
    },
  });
  const readingOf = (adapter: string): Reading | undefined => {
    const options = documents.get(adapter)?.options;
    return options === undefined ? undefined : { population: options.population, scale: options.scale };
  };
  return { readings, settings, readingOf, remembered };
}

describe('readings', () => {
  it('are what the settings say, until a person chooses for one adapter', () => {
    const { readings, readingOf } = setUp();
    readings.choose(A, { population: 'all' });
    assert.deepEqual(readingOf(A), { population: 'all', scale: 'effective' });
    assert.deepEqual(readingOf(B), { population: 'shape', scale: 'effective' });
  });

  it('hold for the next analysis, and in the next session', () => {
    const { readings, remembered } = setUp();
    readings.choose(A, { population: 'all' });
    readings.choose(A, { scale: 'none' });
    assert.deepEqual(readings.optionsOf(A), { population: 'all', scale: 'none', quartiles: 'exact' });
    assert.equal(setUp(remembered).readings.optionsOf(A).population, 'all');
  });

  it('follow the settings where nobody chose otherwise', () => {
    const { readings, settings, readingOf } = setUp();
    readings.choose(A, { population: 'all' });
    settings.now = { population: 'type', scale: 'none', quartiles: 'exact' };
    readings.defaultsChanged();
    assert.deepEqual(readingOf(A), { population: 'all', scale: 'none' });
    assert.deepEqual(readingOf(B), { population: 'type', scale: 'none' });
  });

  it('that another version kept are left out, part by part', () => {
    for (const kept of [null, 7, 'all', { population: 'planets' }, { scale: 3, population: 'shape' }]) {
      assert.equal(setUp(new Map([[A, kept]])).readings.optionsOf(A).population, 'shape');
    }
    assert.equal(
      setUp(new Map([[A, { population: 'planets', scale: 'none' }]])).readings.optionsOf(A).scale,
      'none',
    );
  });
});
