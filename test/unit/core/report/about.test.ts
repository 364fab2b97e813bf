import assert from 'node:assert/strict';
import { ABOUT } from '../../../../src/core/report/about';

describe('ABOUT', () => {
  it('says what scores are not, what to read beside them, and how they differ from the published loop', () => {
    for (const part of [
      'weights, not behavior',
      'cosine, retained share, relative distance',
      '50 copies of itself',
    ]) {
      assert.ok(ABOUT.includes(part), part);
    }
  });
});
