import assert from 'node:assert/strict';
import { fileURLToPath, pathToFileURL } from 'node:url';
import fc from 'fast-check';
import {
  csvField,
  escapeMarkdown,
  escapeSarifText,
  escapeXml,
  fileUri,
  jsonText,
  plainText,
  visibleLines,
  visibleText,
} from '../../../../src/core/report/escape';
import { HOSTILE_NAME } from '../../../support/analysisDocument';
import { words } from '../../../support/words';

const anyText = fc.string({ unit: 'binary' });

describe('visibleText', () => {
  it('spells out what cannot be seen', () => {
    assert.equal(visibleText('a\u202eb\u0000c\u001b[31m\ud800'), 'a\\u{202e}b\\u{0}c\\u{1b}[31m\\u{d800}');
  });
  it('leaves no control character and keeps the length bounded', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 50 }), (text, max) => {
        const shown = visibleText(text, max);
        assert.ok(shown.length <= max);
        assert.doesNotMatch(shown, /[\p{Cc}\p{Cf}\u2028\u2029]/u);
      }),
    );
  });
  it('says that it cut', () => assert.equal(visibleText('abcdef', 4), 'abc…'));
  it('spells out what a font draws as nothing', () => {
    const fillers = [0x3164, 0x115f, 0x1160, 0xffa0, 0x034f, 0x17b4, 0x17b5, 0x2800];
    const selectors = [0xfe00, 0xfe0f, 0xe0100, 0xe01ef, 0x180b, 0x180c, 0x180d, 0x180e, 0x180f];
    for (const code of [...fillers, ...selectors])
      assert.equal(visibleText(`q${String.fromCodePoint(code)}`), `q\\u{${code.toString(16)}}`);
  });
  it('keeps the lines of a text of several', () => {
    assert.equal(visibleLines('a\u001b\r\nb\rc\n'), 'a\\u{1b}\nb\\u{d}c');
  });
});

/** Every way in which VS Code's vs/base/common/linkedText.ts and iconLabels.ts read more than text. */
const LINKED_TEXT =
  /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)(?: (["'])(.+?)(\3))?\)|\$\([a-z0-9-]+(?:~[a-z]+)?\)/i;

describe('plainText', () => {
  const piece = fc.constantFrom(...words`[ ] ( ) $ command:x https://x file:x " flame`, ' ');
  const breaker = fc.constantFrom('\n', '\r\n', '\u200b', '\u202e', '\u2028', '\ufe0f', '\ud800', '\\', '…');
  const text = fc.string({ unit: fc.oneof({ weight: 4, arbitrary: piece }, breaker) });

  it('breaks links and icons with a space', () => {
    assert.equal(plainText('[a](command:x) $(flame)'), '[a] (command:x) $ (flame)');
  });
  it('gives no link and no icon, however VS Code puts texts together', () => {
    fc.assert(
      fc.property(text, text, fc.nat(80), (title, message, cut) => {
        const shown = `${plainText(title)}: ${plainText(message, cut + 1)}`;
        const read = shown.replace(/(\r\n|\n|\r)/gm, ' ').trim();
        assert.doesNotMatch(read, LINKED_TEXT);
        assert.doesNotMatch(read.slice(0, cut), LINKED_TEXT);
        assert.doesNotMatch(shown, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{DI}]/u);
        assert.equal(plainText(plainText(title)), plainText(title));
      }),
      { numRuns: 2000 },
    );
  });
  it('would see a link and an icon', () => {
    for (const bad of ['[a](command:x)', `[a](HTTPS://x "t")`, '[[a](file:x)', '$(sync~spin)'])
      assert.match(bad, LINKED_TEXT);
  });
});

describe('jsonText', () => {
  it('escapes what a terminal runs or an editor hides, and means the same', () => {
    assert.equal(
      jsonText({ a: '\u009b\u202e\u007f\u{e0100}é' }),
      '{\n  "a": "\\u009b\\u202e\\u007f\\udb40\\udd00é"\n}\n',
    );
    fc.assert(
      fc.property(fc.dictionary(anyText, anyText), (value) => {
        const written = jsonText(value);
        assert.doesNotMatch(written.replaceAll('\n', ''), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{DI}]/u);
        assert.deepEqual(JSON.parse(written), JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

describe('escapeMarkdown', () => {
  it('escapes every character that could mean something', () => {
    assert.equal(escapeMarkdown('q_proj|<b>$(x)`'), 'q\\_proj\\|&lt;b&gt;\\$ \\(x\\)\\`');
  });
  it('leaves no unescaped punctuation and no line end', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const bare = escapeMarkdown(text, 10_000).replace(/\\[!-/:-@[-`{-~]|&(lt|gt|amp);/g, '');
        assert.doesNotMatch(bare, /[!-/:-@[-`{-~\r\n]/);
      }),
    );
  });
});

describe('escapeXml', () => {
  it('leaves no markup', () => {
    assert.doesNotMatch(escapeXml(HOSTILE_NAME), /[<>"]/);
    assert.equal(escapeXml(`<a b="c" d='e'>&`), '&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;');
  });
});

describe('csvField', () => {
  it('quotes texts and leaves numbers', () => {
    assert.equal(csvField('q_proj'), '"q_proj"');
    assert.equal(csvField('a,"b"\r\n'), '"a,""b""\r\n"');
    assert.equal(csvField(-1.5), '-1.5');
    assert.equal(csvField(null), '');
  });
  it('guards each piece that a spreadsheet could run, whatever separates its columns', () => {
    assert.equal(csvField('=1+1'), `"'=1+1"`);
    assert.equal(csvField(' \u3000@x'), `"' \u3000@x"`);
    assert.equal(csvField('a;=b,-c\t+d\n@e"=f'), `"a;'=b,'-c\t'+d\n'@e""'=f"`);
    for (const sign of '＝＋－＠﹦﹢﹣﹫')
      assert.equal(csvField(`${sign}x;${sign}x`), `"'${sign}x;'${sign}x"`);
    assert.equal(csvField('a-b=c'), '"a-b=c"');
  });
  it('leaves no formula in any column of any dialect', () => {
    const unit = fc.constantFrom('=', '+', '-', '@', '＝', ';', ',', '\t', '\n', '"', ' ', 'a', "'");
    fc.assert(
      fc.property(fc.string({ unit }), fc.string({ unit }), (first, second) => {
        const line = [first, second].map(csvField).join(',');
        for (const column of line.split(/[;,\t\r\n"]/)) assert.doesNotMatch(column, /^\s*[=+\-@＝]/);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('escapeSarifText', () => {
  it('makes links and placeholders literal', () =>
    assert.equal(escapeSarifText('[a](b){0}\\'), '\\[a\\](b){{0}}\\\\'));
});

describe('fileUri', () => {
  it('agrees with Node for POSIX paths', () => {
    for (const path of ['/a b/c#d?e%f.safetensors', '/ä/[x]/y']) {
      assert.equal(fileURLToPath(fileUri(path)), path);
      assert.equal(
        new URL(fileUri(path)).pathname,
        new URL(fileUri(fileURLToPath(pathToFileURL(path)))).pathname,
      );
    }
  });
  it('knows drive letters and shares', () => {
    assert.equal(fileUri('C:\\a b\\c'), 'file:///C:/a%20b/c');
    assert.equal(fileUri('\\\\host\\share\\c'), 'file://host/share/c');
  });
  it('takes any text', () => {
    fc.assert(fc.property(anyText, (text) => assert.ok(fileUri(`/${text}x`).startsWith('file:'))));
    assert.equal(fileUri('/\ud800'), 'file:///%EF%BF%BD');
  });
});
