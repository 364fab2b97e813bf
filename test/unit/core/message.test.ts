import assert from 'node:assert/strict';
import { render, renderedLength, say, verbatim } from '../../../src/core/message';

describe('messages', () => {
  it('are plain data', () => {
    assert.deepEqual(say('No.'), { text: 'No.' });
    assert.deepEqual(say('{0} of {1}', 1, say('two')), { text: '{0} of {1}', values: [1, { text: 'two' }] });
  });

  it('are filled in when they are rendered; values are never read as texts', () => {
    assert.equal(render(say('{1}, {0}: {2}', '{1}', 5)), '5, {1}: {2}');
    assert.equal(render(say('Base: {0}', say('no {0}', '"{0}"'))), 'Base: no "{0}"');
    assert.equal(render(verbatim('50 {0} $& %')), '50 {0} $& %');
  });

  it('are translated with the messages in them, names and verbatim texts are not', () => {
    const german = new Map([
      ['Base: {0}', 'Basis: {0}'],
      ['{1} before {0}', '{0} nach {1}'],
      ['name', 'FALSCH'],
    ]);
    const message = say('Base: {0}', say('{1} before {0}', 'name', verbatim('name')));
    assert.equal(
      render(message, (english) => german.get(english) ?? english),
      'Basis: name nach name',
    );
  });

  it('know how long they become', () => {
    for (const message of [say('a'), say('{0}{0}{2}', 'bcd'), say('x{0}', say('{0}{0}', 12))])
      assert.ok(renderedLength(message) >= render(message).length, render(message));
  });
});
