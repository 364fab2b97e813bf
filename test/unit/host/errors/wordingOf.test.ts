import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fill } from '../../../../src/core/said';
import { ENGINE_TEXTS } from '../../../../src/host/errors/engineTexts';
import { wordingOf } from '../../../../src/host/errors/wordingOf';

const places = (text: string): string[] => text.match(/\{\d+\}/g) ?? [];

describe('wordingOf', () => {
  it('finds every text again, with what stands in its places', () => {
    for (const text of ENGINE_TEXTS) {
      // Places are counted off from left to right, which is how values are read back.
      assert.deepEqual(
        places(text),
        places(text).map((_, at) => `{${at}}`),
      );
      const values = places(text).map((_, at) => `v${at}`);
      assert.deepEqual(wordingOf(fill(text, values)), { text, values });
    }
  });

  it('fits whatever it finds, and what it does not know it leaves alone', () => {
    const texts = [...ENGINE_TEXTS];
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom(...texts),
      fc.constantFrom(' and ', ' more', '"', '{0}'),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...texts),
        fc.array(piece, { minLength: 3, maxLength: 3 }),
        (text, values) => {
          const sentence = fill(text, values);
          const found = wordingOf(sentence);
          assert.ok(found);
          assert.equal(fill(found.text, found.values), sentence);
        },
      ),
    );
    assert.equal(wordingOf('Nothing that anyone here would say.'), undefined);
  });

  it('reads a sentence in one go, however often it says the same', () => {
    const hostile = `The module is ${', the checkpoint has '.repeat(50_000)}`;
    assert.equal(wordingOf(hostile), undefined);
  });
});
