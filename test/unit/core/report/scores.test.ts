import assert from 'node:assert/strict';
import {
  formatBytes,
  formatModules,
  formatScore,
  formatScoreOf,
  formatShape,
  formatSignificant,
} from '../../../../src/core/report/scores';
import { scored, unscored } from '../../../support/analysisDocument';
import { say } from '../../../../src/core/message';

describe('formatting of numbers', () => {
  it('writes scores with three decimals, shares in percent, norms with four digits', () => {
    assert.equal(formatScore('ediemIqr', 1.23456), '1.235');
    assert.equal(formatScore('ediemIqr', -0.00001), '0.000');
    assert.equal(formatScore('retained', 0.018), '1.80 %');
    assert.equal(formatScore('distance', 12.3456), '12.35');
    assert.equal(formatScore('ediemIqr', -1.5e7), '-1.50e7');
  });
  it('keeps significant digits at every size', () => {
    const expected = [
      [0, '0'],
      [1234.56, '1235'],
      [0.0123456, '0.01235'],
      [0.0000123, '1.23e-5'],
      [-250000, '-2.50e5'],
      [9.99999, '10.000'],
    ] as const;
    for (const [value, text] of expected) assert.equal(formatSignificant(value), text);
  });
  it('writes a dash where there is no score', () => {
    assert.equal(formatScoreOf(unscored('a', 'inactive', say('B is zero')), 'cosine'), '–');
    assert.equal(formatScoreOf(scored('a'), 'cosine'), '0.350');
  });
  it('counts one module as one', () => {
    assert.deepEqual([0, 1, 2].map(formatModules), ['0 modules', '1 module', '2 modules']);
  });
  it('writes bytes and shapes', () => {
    const bytes = [0, 999, 1000, 247488, 999_999, 13e9].map(formatBytes);
    assert.deepEqual(bytes, ['0 B', '999 B', '1.00 kB', '247 kB', '1000 kB', '13.0 GB']);
    assert.equal(formatShape([96, 256]), '96 × 256');
    assert.equal(formatShape([]), 'scalar');
  });
});
