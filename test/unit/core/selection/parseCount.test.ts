import assert from 'node:assert/strict';
import { parseCount } from '../../../../src/core/selection/parseCount';
import { words } from '../../../support/words';

describe('typed counts', () => {
  it('are read with their digits grouped or not', () => {
    for (const typed of ['1000', ' 1,000 ', '1.000', '1 000', '1’000', "1'000", '1\u00a0000', '1\u202f000'])
      assert.equal(parseCount(typed), 1000, typed);
    assert.equal(parseCount('12,345,678'), 12_345_678);
    assert.equal(parseCount('0'), 0);
  });

  it('are undefined for a fraction, a sign or anything else', () => {
    for (const typed of [...words`1.5 1,00 -1 1e3 0x10 x 1,000.5 ,000 0.125 0,250 1,000.000`, ''])
      assert.equal(parseCount(typed), undefined, typed);
  });
});
