import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SploraError } from '../../../../src/core/errors';
import { JsonScanner } from '../../../../src/core/safetensors/jsonScanner';
import { thrownData } from '../../../support/rejection';
import { say } from '../../../../src/core/message';
import { words } from '../../../support/words';

function scanner(json: string | Uint8Array): JsonScanner {
  return new JsonScanner(Buffer.from(json), (what, byte) => {
    return new SploraError({ code: 'bad-config', message: say('{0}: {1}', byte, what) });
  });
}

function accepts(json: string): boolean {
  try {
    const scan = scanner(json);
    scan.skipValue();
    scan.end();
    return true;
  } catch (thrown) {
    if (thrown instanceof SploraError) return false;
    throw thrown;
  }
}

describe('JsonScanner', () => {
  it('accepts what JSON.parse accepts', () => {
    fc.assert(fc.property(fc.json({ noUnicodeString: false }), (json) => accepts(json)));
    for (const json of ['-0', '1.5e-3', '[ ]', '{ }', '"\\u00e9"', 'null', ' [1 , {"a":true}]\r\n'])
      assert.ok(accepts(json), json);
  });

  it('refuses what JSON.parse refuses', () => {
    const broken = fc.string({
      unit: fc.constantFrom(...words`{ } [ ] : , " \ u 0 1 . - + e t`, ' '),
      maxLength: 12,
    });
    fc.assert(
      fc.property(broken, (text) => {
        let valid = true;
        try {
          JSON.parse(text);
        } catch {
          valid = false;
        }
        assert.equal(accepts(text), valid && !/\\u[dD][89a-fA-F]/.test(text), text);
      }),
      { numRuns: 3000 },
    );
  });

  it('reads strings as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        assert.equal(scanner(JSON.stringify(text)).string(), text);
        assert.equal(
          scanner(
            JSON.stringify(text).replace(
              /[^\0-\x7f]/g,
              (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
            ),
          ).string(),
          text,
        );
      }),
    );
  });

  it('takes whole numbers exactly, up to 2^53-1', () => {
    assert.equal(scanner(' 9007199254740991').unsignedInteger(), Number.MAX_SAFE_INTEGER);
    for (const text of [...words`9007199254740992 99999999999999999999 -0 +1 1.0 1e1 0x1 00 NaN 1a`, '']) {
      thrownData(() => scanner(text).unsignedInteger(), 'bad-config');
    }
  });

  it('finds the byte that is not UTF-8, wherever the pieces of the search fall', () => {
    for (const length of [0, 1, 65_534, 65_535, 65_536, 65_537, 131_071, 200_001]) {
      for (const filler of ['a', 'é', '€', '😀']) {
        const good = Buffer.from(filler.repeat(Math.ceil(length / Buffer.byteLength(filler))));
        const bytes = Buffer.concat([good, Uint8Array.of(0xff), Buffer.from('tail')]);
        thrownData(() => scanner(bytes), 'bad-config', new RegExp(`^${String(good.length)}: .*UTF-8`));
      }
    }
  });

  it('says where a character is cut off at the end', () => {
    thrownData(() => scanner(Uint8Array.of(0x22, 0xe2, 0x82)), 'bad-config', /^3: /);
  });
});
