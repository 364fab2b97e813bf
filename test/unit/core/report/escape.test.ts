import assert from 'node:assert/strict';
import { fileURLToPath, pathToFileURL } from 'node:url';
import fc from 'fast-check';
import {
  csvField,
  escapeMarkdown,
  escapeSarifText,
  escapeXml,
  fileUri,
  visibleText,
} from '../../../../src/core/report/escape';
import { HOSTILE_NAME } from '../../../support/analysisDocument';

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
});

describe('escapeMarkdown', () => {
  it('escapes every character that could mean something', () => {
    assert.equal(escapeMarkdown('q_proj|<b>$(x)`'), 'q\\_proj\\|&lt;b&gt;\\$\\(x\\)\\`');
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
  it('disarms formulas and quotes what needs it', () => {
    assert.equal(csvField('=1+1'), "'=1+1");
    assert.equal(csvField('@x'), "'@x");
    assert.equal(csvField('\tx'), "'\tx");
    assert.equal(csvField('a,"b"\r\n'), '"a,""b""\r\n"');
    assert.equal(csvField(-1.5), '-1.5');
    assert.equal(csvField(null), '');
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
