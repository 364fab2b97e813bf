import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { ALPHA, evidenceOf } from '../../../../src/core/evidence/evidence';
import { scoreModules } from '../../../../src/core/ediem/scores';
import type { ModuleMeasure } from '../../../../src/core/ediem/types';
import { analysisOf, measureOf, scored } from '../../../support/analysisDocument';
import { normals, uniform } from '../../../support/random';
import { fixture } from '../../../support/paths';

const [M, N, RANK] = [20, 28, 2];

function documentOf(measures: readonly ModuleMeasure[]) {
  const scores = scoreModules(measures, { population: 'shape', scale: 'effective' });
  return analysisOf(
    measures.flatMap(({ module, shape }) => {
      const found = scores.get(module);
      return found === undefined
        ? []
        : [{ ...scored(module, found.scores), shape, population: found.population }];
    }),
  );
}

/** Matrices by rows. `s B A` with singular values that fall, as those of trained updates do. */
function lowRank(seed: number, rank: number): Float64Array {
  const b = normals(M * rank, seed);
  const a = normals(rank * N, seed + 1);
  const made = new Float64Array(M * N);
  for (let k = 0; k < rank; k++)
    for (let i = 0; i < M; i++)
      for (let j = 0; j < N; j++)
        made[i * N + j] = (made[i * N + j] ?? 0) + ((b[i * rank + k] ?? 0) * (a[k * N + j] ?? 0)) / (k + 1);
  return made;
}

const dot = (x: Float64Array, y: Float64Array): number =>
  x.reduce((sum, value, i) => sum + value * (y[i] ?? 0), 0);

/** @param against how much of `-V` is added to the update, in units of its own size */
function measured(module: string, seed: number, against: number): ModuleMeasure {
  const v = lowRank(seed + 2, M);
  const own = lowRank(seed, RANK);
  const share = (against * Math.sqrt(dot(own, own))) / Math.sqrt(dot(v, v));
  const update = own.map((value, i) => value - share * (v[i] ?? 0));
  const [vNorm, updateNorm] = [Math.sqrt(dot(v, v)), Math.sqrt(dot(update, update))];
  const projectedNorm = 0.02 * updateNorm;
  return measureOf(module, {
    ...{ shape: [M, N], vNorm, updateNorm, projectedNorm, distance: 0.99 * updateNorm },
    reversal: -dot(update, v) / vNorm,
  });
}

function adapter(seed: number, againstOf: (block: number) => number) {
  return documentOf(
    Array.from({ length: 24 }, (_, block) =>
      measured(`layers.${block}.q`, seed + 7 * block, againstOf(block)),
    ),
  );
}

describe('evidenceOf', () => {
  it('finds something in at most 5 % of adapters with random directions, for each kind of reason', () => {
    const trials = 300;
    const found = { size: 0, reversal: 0 };
    let whole = 0;
    for (let trial = 0; trial < trials; trial++) {
      const { standsOut, reversal } = evidenceOf(adapter(1000 * trial, () => 0));
      for (const kind of ['size', 'reversal'] as const)
        if (standsOut.some(({ reasons }) => reasons.some((reason) => reason.kind === kind))) found[kind]++;
      if (reversal !== null && reversal.value > reversal.limit) whole++;
    }
    const most = ALPHA + 2 * Math.sqrt((ALPHA * (1 - ALPHA)) / trials);
    assert.ok(found.reversal / trials <= ALPHA, `reversal ${found.reversal}`);
    assert.ok(found.size / trials <= most, `size ${found.size}`);
    assert.ok(whole / trials <= most && whole > 0, `whole ${whole}`);
  });
  it('finds the modules that act against the alignment step', () => {
    const { standsOut, reversal } = evidenceOf(adapter(5, (block) => (block % 8 === 3 ? 0.5 : 0)));
    assert.ok(reversal !== null && reversal.value > reversal.limit);
    assert.deepEqual(standsOut.map(({ module }) => module).sort(), [
      'layers.11.q',
      'layers.19.q',
      'layers.3.q',
    ]);
  });
  it('says that all act against it where all do, and that none stands out', () => {
    const { standsOut, reversal } = evidenceOf(adapter(6, () => 0.3));
    assert.ok(reversal !== null && reversal.value > 2 * reversal.limit);
    assert.deepEqual(standsOut, []);
  });
  it('finds nothing in updates that extend the step', () => {
    const { standsOut, reversal } = evidenceOf(adapter(7, (block) => (block === 3 ? -0.6 : -0.1)));
    assert.ok(reversal !== null && reversal.value < -reversal.limit);
    assert.deepEqual(standsOut, []);
  });
  it('finds an update that is much larger than those of its kind', () => {
    const random = uniform(9);
    const modules = Array.from({ length: 16 }, (_, block) =>
      scored(`layers.${block}.q`, { distance: block === 4 ? 9 : 1 + random() }),
    );
    const { standsOut } = evidenceOf(analysisOf(modules));
    assert.deepEqual(
      standsOut.map(({ module, reasons }) => [module, reasons.map(({ kind }) => kind)]),
      [['layers.4.q', ['size']]],
    );
  });
  it('knows nothing without scores, and little of a few modules', () => {
    assert.deepEqual(evidenceOf(analysisOf([])), { standsOut: [], reversal: null, sizeCorrelation: null });
    const few = evidenceOf(analysisOf([scored('a', { distance: 99 }), scored('b')]));
    assert.deepEqual([few.standsOut, few.sizeCorrelation], [[], null]);
  });
  it('takes what is no number for nothing', () => {
    const { reversal } = evidenceOf(analysisOf([scored('a', { reversal: NaN, reversalCosine: NaN })]));
    assert.equal(reversal?.value, 0);
  });
});

describe('the sample', () => {
  const evidence = (name: string) => {
    const { scaled } = JSON.parse(readFileSync(fixture('golden', `${name}.json`), 'utf8')) as {
      scaled: (ModuleMeasure & { module: string })[];
    };
    return evidenceOf(documentOf(scaled.map((golden) => ({ ...golden, rank: 4, scale: 2 }))));
  };
  it('has a harmful adapter that acts against the alignment step, and a benign one that does not', () => {
    const [mixed, benign] = [evidence('adapter-mixed'), evidence('adapter-benign')];
    assert.ok(mixed.reversal !== null && mixed.reversal.value > mixed.reversal.limit);
    assert.deepEqual(
      mixed.standsOut.map(({ module }) => module),
      ['model.layers.5.self_attn.k_proj'],
    );
    assert.ok(benign.reversal !== null && benign.reversal.value < benign.reversal.limit);
    assert.deepEqual(benign.standsOut, []);
    assert.ok((mixed.sizeCorrelation ?? 0) > 0.995);
  });
});
