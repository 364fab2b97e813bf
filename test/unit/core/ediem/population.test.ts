import assert from 'node:assert/strict';
import {
  describePopulation,
  diemTheoretical,
  ediemIqr,
  ediemStd,
} from '../../../../src/core/ediem/population';

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

  it('scores by the published formulas', () => {
    assert.ok(Math.abs(ediemStd(10, population) - 6 / Math.sqrt(12.5 + 1e-6)) < 1e-12);
    assert.ok(Math.abs(ediemIqr(10, 0.5, population) - ((6 + 1e-6) / (2 + 1e-6) - 0.5)) < 1e-12);
    assert.ok(Math.abs(diemTheoretical(0, 50) - -10 / Math.sqrt(100 * (1 - 1 / Math.PI))) < 1e-12);
  });
});
