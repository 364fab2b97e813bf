import assert from 'node:assert/strict';
import { describePopulation, ediemIqr } from '../../../../src/core/ediem/population';
import { scoreModules } from '../../../../src/core/ediem/scores';
import { SCORE_NAMES } from '../../../../src/core/report/scores';
import type { ModuleMeasure } from '../../../../src/core/ediem/types';
import { rescore } from '../../../../src/core/ediem/rescore';
import { analysisOf, scored, unscored, measureOf } from '../../../support/analysisDocument';
import { say } from '../../../../src/core/message';

function measure(module: string, shape: [number, number], distance: number, scale = 2): ModuleMeasure {
  const norms = { vNorm: 3, updateNorm: distance * 1.25, projectedNorm: distance / 2, distance };
  return measureOf(module, { shape, scale, ...norms, reversal: 0.1, q1Projected: -0.25, q1Update: -0.75 });
}
const squares = [1, 2, 3, 5].map((d, i) => measure(`layers.${String(i)}.q_proj`, [8, 8], d));
const lone = measure('layers.0.up_proj', [32, 8], 16);

describe('scoreModules', () => {
  it('measures a module against its own shape', () => {
    const scored = scoreModules([...squares, lone], { population: 'shape', scale: 'effective' });
    const q = scored.get('layers.3.q_proj');
    assert.deepEqual(q?.population, { kind: 'shape', size: 4 });
    assert.equal(q.scores.ediemIqr, ediemIqr(5, 0.5, describePopulation([1, 2, 3, 5])));
    assert.equal(q.scores.relativeDistance, 0.8);
    assert.equal(q.scores.retained, 0.4);
    assert.equal(q.scores.reversalCosine, 0.1 / 6.25);
  });

  it('pools dimension-free distances where a group is too small to have a spread', () => {
    const scored = scoreModules([...squares, lone], { population: 'shape', scale: 'effective' }).get(
      'layers.0.up_proj',
    );
    const pool = describePopulation([1 / 8, 2 / 8, 3 / 8, 5 / 8, 1]);
    assert.deepEqual(scored?.population, { kind: 'pooled', size: 5 });
    assert.equal(scored.scores.ediemIqr, ediemIqr(1, 0.5, pool));
    assert.equal(scored.scores.distance, 16);
  });

  it('measures a replacement against the pairs, and no pair against it', () => {
    const whole = { ...measure('layers.9.q_proj.weight', [8, 8], 50, 1), kind: 'replacement' } as const;
    const head = { ...measure('lm_head.weight', [32, 16], 90, 1), kind: 'replacement' } as const;
    for (const population of ['shape', 'type', 'all'] as const) {
      const options = { population, scale: 'effective' } as const;
      const scored = scoreModules([...squares, whole, head], options);
      const pairs = scoreModules(squares, options);
      for (const [module, score] of pairs) assert.deepEqual(scored.get(module), score);
      const own = scored.get('layers.9.q_proj.weight');
      assert.deepEqual(own?.population, { kind: population, size: 4 });
      assert.equal(own.scores.ediemIqr, ediemIqr(50, 0.5, describePopulation([1, 2, 3, 5])));
      assert.equal(scored.get('lm_head.weight')?.population.size, 4);
    }
    const shape = { population: 'shape', scale: 'effective' } as const;
    const pooled = scoreModules([...squares, head], shape).get('lm_head.weight');
    const pool = describePopulation([1 / 8, 2 / 8, 3 / 8, 5 / 8]);
    assert.deepEqual(pooled?.population, { kind: 'pooled', size: 4 });
    assert.equal(pooled.scores.ediemIqr, ediemIqr(90 / Math.sqrt(512), 0.5, pool));
    // Alone it would be compared with itself, which any gate lets pass.
    assert.equal(scoreModules([whole, head], shape).size, 0);
  });

  it('gives finite scores even for a single module', () => {
    const scored = scoreModules([lone], { population: 'shape', scale: 'effective' }).get(lone.module);
    for (const name of SCORE_NAMES) assert.ok(Number.isFinite(scored?.scores[name]), name);
  });

  it('has nothing to say of no modules', () => {
    assert.equal(scoreModules([], { population: 'all', scale: 'effective' }).size, 0);
  });
});

describe('population', () => {
  const population = describePopulation([1, 2, 3, 4, 10]);

  it('describes by mean, sample variance and interquartile range', () => {
    assert.equal(population.size, 5);
    assert.equal(population.mean, 4);
    assert.equal(population.variance, 12.5);
    assert.equal(population.interquartileRange, 2);
  });

  it('has no variance with a single distance', () => {
    assert.deepEqual(describePopulation([3]), { size: 1, mean: 3, variance: 0, interquartileRange: 0 });
  });
});

describe('rescore', () => {
  it('scores what was measured with other options, and leaves the rest as it is', () => {
    const names = ['a', 'b', 'c', 'd'];
    const gone = unscored('e', 'unmatched', say('why'));
    const document = analysisOf([...names.map((name) => scored(name)), gone], {
      measures: names.map((name, at) => measureOf(name, { distance: at + 1 })),
    });
    const rescored = rescore(document, { population: 'all', scale: 'none' });
    assert.deepEqual(rescored.options, { population: 'all', scale: 'none', quartiles: 'exact' });
    assert.deepEqual(
      rescored.modules.map(({ distance, population }) => [distance, population?.kind]),
      [
        [0.5, 'all'],
        [1, 'all'],
        [1.5, 'all'],
        [2, 'all'],
        [null, undefined],
      ],
    );
    assert.deepEqual(rescored.modules.at(-1), gone);
  });
});
