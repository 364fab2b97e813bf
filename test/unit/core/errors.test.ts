import assert from 'node:assert/strict';
import { formatError, SploraError, toErrorData } from '../../../src/core/errors';
import { english } from '../../support/english';
import { say } from '../../../src/core/message';

describe('formatError', () => {
  const error = {
    code: 'io',
    message: say('It broke'),
    file: '/a/b',
    tensor: 't\n',
    advice: say('Mend it.'),
  } as const;

  it('says what, which file, which tensor and what to do in one line', () => {
    assert.equal(formatError(error), 'It broke (/a/b, tensor "t\\n"). Mend it.');
    assert.equal(formatError({ code: 'io', message: say('It broke.') }), 'It broke.');
  });
  it('names nothing twice', () => {
    assert.equal(formatError({ code: 'io', message: say('/a/b broke.'), file: '/a/b' }), '/a/b broke.');
  });
});

describe('toErrorData', () => {
  it('keeps what is thrown on purpose, knows the operating system, and takes the rest for a bug', () => {
    const data = { code: 'bad-request', message: say('No.') } as const;
    assert.equal(toErrorData(new SploraError(data)), data);
    const full = Object.assign(new Error('ENOSPC: no space'), { code: 'ENOSPC', path: '/a' });
    const { code, file, advice } = toErrorData(full);
    assert.deepEqual([code, file], ['io', '/a']);
    assert.match(english(advice), /disk space/);
    assert.equal(toErrorData(new Error('x')).code, 'internal');
    assert.equal(english(toErrorData('x').message), 'x');
  });

  it('does not take a want of memory for a bug', () => {
    const asking = [() => new Float64Array(2 ** 50), () => new ArrayBuffer(2 ** 50)];
    for (const ask of asking) {
      assert.throws(ask, (error) => english(toErrorData(error).message).startsWith('Not enough memory'));
    }
    assert.equal(toErrorData(new RangeError('Maximum call stack size exceeded')).code, 'internal');
  });
});
