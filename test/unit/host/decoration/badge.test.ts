import assert from 'node:assert/strict';
import { badgeText } from '../../../../src/host/decoration/badge';

describe('badge', () => {
  it('is at most two characters', () => {
    assert.deepEqual([1, 99, 100, 5000].map(badgeText), ['1', '99', '9+', '9+']);
  });
});
