import assert from 'node:assert/strict';
import { fill, say, type Said } from '../../../src/core/said';

describe('say', () => {
  it('fills in each place once, whatever the values hold', () => {
    assert.equal(say('{0} and {1} more', '{1} $&', 2), '{1} $& and 2 more');
    assert.equal(fill('{0} {1}', ['a']), 'a {1}');
  });

  it('is the only way to a reason, a note or a finding', () => {
    // @ts-expect-error A text that is written out is known to no other language.
    const plain: Said = 'The update is zero.';
    assert.notEqual(plain, say('The update is {0}.', 'one'));
  });
});
