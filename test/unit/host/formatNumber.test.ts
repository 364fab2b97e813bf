import assert from 'node:assert/strict';
import { formatNumber } from '../../../src/host/formatNumber';

describe('Numbers in texts', () => {
  it('thousands are set apart as in the language of the text', () => {
    assert.equal(formatNumber(7, 'en'), '7');
    assert.equal(formatNumber(999, 'en'), '999');
    assert.equal(formatNumber(10_003, 'en'), '10,003');
    assert.equal(formatNumber(1_234_567, 'de'), '1.234.567');
    assert.equal(formatNumber(-1000, 'de-AT'), '-1.000');
  });

  it('a fraction is rounded to three decimals', () => {
    assert.equal(formatNumber(1234.5678, 'en'), '1,234.568');
    assert.equal(formatNumber(0.5, 'de'), '0,5');
    assert.equal(formatNumber(2.0001, 'de'), '2');
  });

  it('a language we have no texts in gets the numbers of its English texts', () => {
    assert.equal(formatNumber(10_003, 'fr'), '10,003');
    assert.equal(formatNumber(10_003, 'den'), '10,003');
  });
});
