import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { AnalysisDocument, AnalysisOptions, ModuleResult } from '../../src/core/report/analysis';
import { suiteEngine } from '../support/engine';
import { fixture, sample } from '../support/paths';

/** One module of a golden file: made with the published SPLoRA functions in float64. */
interface Golden {
  readonly module: string;
  readonly inactive?: boolean;
  readonly shape: readonly number[];
  readonly vNorm: number;
  readonly reversal: number;
  readonly reversalCosine: number;
  readonly updateNorm: number;
  readonly projectedNorm: number;
  readonly distance: number;
  readonly cosine: number;
  readonly q1Projected: number;
  readonly q1Update: number;
  readonly diemTheoretical: number;
  readonly ediemStdShape: number;
  readonly ediemIqrShape: number;
  readonly ediemIqrType: number;
  readonly ediemStdAll: number;
  readonly ediemIqrAll: number;
}

const FAMILIES = [
  ...['adapter-mixed', 'adapter-benign'].map((name) => ({
    name,
    adapter: sample(name),
    models: sample(),
    golden: fixture('golden', `${name}.json`),
  })),
  ...['gqa-sharded', 'gpt2-conv1d', 'rank-pattern'].map((name) => ({
    name,
    adapter: fixture('families', name, 'adapter'),
    models: fixture('families', name),
    golden: fixture('families', name, 'golden.json'),
  })),
];

const OPTIONS: readonly AnalysisOptions[] = (['shape', 'all', 'type'] as const).flatMap((population) =>
  (['effective', 'none'] as const).map((scale) => ({ population, scale, quartiles: 'exact' as const })),
);

for (const products of ['kernels', 'onnx'] as const) {
  describe(`goldens of the published functions, products by ${products}`, () => {
    const engine = suiteEngine();

    for (const family of FAMILIES) {
      for (const options of OPTIONS) {
        it(`${family.name}, population ${options.population}, scale ${options.scale}`, async () => {
          const document = await engine.call('analyze', {
            adapter: family.adapter,
            base: `${family.models}/base`,
            aligned: `${family.models}/aligned`,
            options,
            products,
          });
          const goldens = JSON.parse(readFileSync(family.golden, 'utf8')) as Record<string, Golden[]>;
          compareAll(document, goldens[options.scale === 'none' ? 'unscaled' : 'scaled'] ?? [], options);
        });
      }
    }
  });
}

function compareAll(document: AnalysisDocument, goldens: readonly Golden[], options: AnalysisOptions): void {
  assert.ok(goldens.length > 0);
  assert.deepEqual(
    document.modules.map(({ module }) => module).sort(),
    goldens.map(({ module }) => module).sort(),
  );
  const results = new Map(document.modules.map((module) => [module.module, module]));
  for (const golden of goldens) {
    const result = results.get(golden.module);
    assert.ok(result !== undefined);
    if (golden.inactive === true) assert.equal(result.status, 'inactive', golden.module);
    else compareOne(result, golden, options);
  }
}

function compareOne(result: ModuleResult, golden: Golden, { population }: AnalysisOptions): void {
  assert.equal(result.status, 'scored', golden.module);
  assert.deepEqual(result.shape, golden.shape);
  const close = (name: string, actual: number, expected: number, tolerance: number): void => {
    const error = Math.abs(actual - expected);
    assert.ok(error <= tolerance, `${golden.module} ${name}: ${actual} is not ${expected} (off by ${error})`);
  };
  for (const name of ['vNorm', 'updateNorm', 'projectedNorm', 'distance', 'cosine'] as const) {
    close(name, result[name], golden[name], 1e-5 * Math.abs(golden[name]));
  }
  for (const name of ['q1Projected', 'q1Update'] as const) close(name, result[name], golden[name], 1e-6);
  for (const name of ['reversal', 'reversalCosine'] as const) close(name, result[name], golden[name], 1e-5);
  close('diemTheoretical', result.diemTheoretical, golden.diemTheoretical, 1e-4);
  const { iqr, std } = {
    shape: { iqr: golden.ediemIqrShape, std: golden.ediemStdShape },
    all: { iqr: golden.ediemIqrAll, std: golden.ediemStdAll },
    type: { iqr: golden.ediemIqrType, std: undefined },
  }[population];
  close('ediemIqr', result.ediemIqr, iqr, 1e-4);
  if (std !== undefined) close('ediemStd', result.ediemStd, std, 1e-4);
}
