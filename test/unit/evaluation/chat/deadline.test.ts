import assert from 'node:assert/strict';
import { withDeadline } from '../../../../src/evaluation/chat/deadline';
import { thrownData } from '../../../support/rejection';

const FILE = '/model/tokenizer.json';

describe('the deadline of a text', () => {
  it('gives what the work gives, and throws what it throws', () => {
    assert.equal(
      withDeadline(FILE, () => 7),
      7,
    );
    assert.throws(
      () =>
        withDeadline(FILE, () => {
          throw new RangeError('mine');
        }),
      RangeError,
    );
  });

  it('ends a loop and a regular expression', () => {
    const endless = (): never => {
      for (;;);
    };
    for (const work of [endless, () => /^(a+)+$/u.test(`${'a'.repeat(50)}b`)]) {
      const data = thrownData(() => withDeadline(FILE, work, 50), 'bad-config', /longer than 0\.05 seconds/);
      assert.equal(data.file, FILE);
    }
    assert.equal(
      withDeadline(FILE, () => 'after'),
      'after',
    );
  });
});
