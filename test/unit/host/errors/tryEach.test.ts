import assert from 'node:assert/strict';
import { SploraError } from '../../../../src/core/errors';
import { say } from '../../../../src/core/message';
import { failuresText, tryEach } from '../../../../src/host/errors/tryEach';
import { untranslated } from '../../../support/english';

describe('tryEach', () => {
  const broken = new SploraError({ code: 'bad-config', message: say('broken') });
  const cancelled = new SploraError({ code: 'cancelled', message: say('cancelled') });

  /** Works on a, b and c; what is thrown for each is named. */
  const attempt = async (throws: Readonly<Record<string, unknown>>, signal?: AbortSignal) => {
    const begun: string[] = [];
    const work = (item: string): Promise<string> => {
      begun.push(item);
      if (Object.hasOwn(throws, item)) throw throws[item];
      return Promise.resolve(item.toUpperCase());
    };
    return { ...(await tryEach(['a', 'b', 'c'], work, signal)), begun };
  };

  it('continues with the others if one fails, and returns which did', async () => {
    const { results, failures } = await attempt({ a: broken, c: broken });
    assert.deepEqual(results, ['B']);
    assert.deepEqual(failures, [
      { item: 'a', thrown: broken },
      { item: 'c', thrown: broken },
    ]);
  });

  it('begins no other where one was cancelled, which is no failure', async () => {
    const { results, failures, begun } = await attempt({ a: broken, b: cancelled });
    assert.deepEqual(begun, ['a', 'b']);
    assert.deepEqual(results, []);
    assert.deepEqual(failures, [{ item: 'a', thrown: broken }]);
  });

  it('continues if only one was canceled and the run was not', async () => {
    const { signal } = new AbortController();
    const { results, failures } = await attempt({ b: cancelled }, signal);
    assert.deepEqual([results, failures], [['A', 'C'], []]);
  });

  it('begins none once the whole is cancelled', async () => {
    assert.deepEqual((await attempt({}, AbortSignal.abort())).begun, []);
    assert.deepEqual((await attempt({}, new AbortController().signal)).results, ['A', 'B', 'C']);
  });
});

describe('failuresText', () => {
  it('names each that failed', () => {
    const failure = (label: string, message: string, advice?: string) => ({
      label,
      error: { code: 'bad-config', message, ...(advice === undefined ? {} : { advice }) } as const,
    });
    const two = [failure('run/a', 'No models.'), failure('run/b', 'Broken.')];
    assert.equal(
      failuresText(two, 3, untranslated),
      'This failed for 2 of 3 adapters: run/a: No models. · run/b: Broken.',
    );
    const alike = ['a', 'b'].map((label) => failure(label, 'Gone.', 'Download it.'));
    assert.equal(
      failuresText(alike, 2, untranslated),
      'This failed for 2 of 2 adapters: a: Gone. · b: Gone. Download it.',
    );
    const unlike = [failure('a', 'Gone.', 'Download it.'), failure('b', 'Broken.', 'Mend it.')];
    assert.equal(
      failuresText(unlike, 2, untranslated),
      'This failed for 2 of 2 adapters: a: Gone. · b: Broken.',
    );
    assert.equal(
      failuresText([failure('a', 'Gone', 'Download it.')], 2, untranslated),
      'This failed for 1 of 2 adapters: a: Gone. Download it.',
    );
  });
});
