import assert from 'node:assert/strict';
import { SploraError } from '../../../src/core/errors';
import { checkCancelled, errnoCode, ioError, outputExists } from '../../../src/io/ioError';
import { thrownData } from '../../support/rejection';
import { say } from '../../../src/core/message';
import { english } from '../../support/english';

const errno = (code: string): Error => Object.assign(new Error(`${code}: something`), { code });

describe('ioError', () => {
  it('says what failed, on which file, and what to do', () => {
    const { data } = ioError(errno('ENOSPC'), 'Writing the file failed: {0}', '/x');
    assert.deepEqual(
      [data.code, data.file, english(data.message)],
      ['io', '/x', 'Writing the file failed: ENOSPC: something'],
    );
    assert.match(english(data.advice), /disk space/);
  });

  it('knows what is not there', () => {
    for (const code of ['ENOENT', 'ENOTDIR'])
      assert.equal(ioError(errno(code), 'Opening failed: {0}', '/x').data.code, 'not-found');
  });

  it('passes on our own errors unchanged, and names bugs as bugs', () => {
    const own = new SploraError({ code: 'cancelled', message: say('Cancelled') });
    assert.equal(ioError(own, 'Writing failed: {0}', '/x'), own);
    assert.equal(ioError(new TypeError('x is undefined'), 'Writing failed: {0}', '/x').data.code, 'internal');
    assert.equal(ioError('text', 'Writing failed: {0}', '/x').data.code, 'internal');
  });
});

describe('the small helpers of io', () => {
  it('read an errno, a cancelled signal and an occupied output', () => {
    assert.equal(errnoCode(errno('EIO')), 'EIO');
    assert.equal(errnoCode(new Error('x')), undefined);
    assert.equal(errnoCode('EIO'), undefined);
    checkCancelled(undefined);
    checkCancelled(new AbortController().signal);
    thrownData(() => checkCancelled(AbortSignal.abort()), 'cancelled');
    assert.equal(outputExists('/x').data.code, 'output-exists');
  });
});
