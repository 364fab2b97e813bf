import assert from 'node:assert/strict';
import { fileURLToPath, pathToFileURL } from 'node:url';
import fc from 'fast-check';
import MarkdownIt from 'markdown-it';
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
  // As VS Code's preview, and with every extra that a reader may have switched on.
  const reader = new MarkdownIt({ html: true, linkify: true });
  reader.linkify.set({ fuzzyLink: false });
  const PLACES: readonly ((text: string) => string)[] = [
    (text) => text,
    (text) => `before ${text} after`,
    (text) => `before\n${text}`,
    (text) => `- ${text}`,
    (text) => `# ${text}`,
    (text) => `**a ${text} a**: x`,
    (text) => `| a | b |\n|--|--|\n| ${text} | x |`,
  ];
  /** What a reader shows; undefined where the text became more than the place has. */
  const shown = (markdown: string): string => {
    const inline = reader.parse(markdown, {}).flatMap(({ children }) => children ?? []);
    return inline
      .filter(({ type }) => !['strong_open', 'strong_close', 'softbreak'].includes(type))
      .map(({ type, content }) => (type === 'text' ? content : `<${type}>`))
      .join('');
  };
  const blocks = (markdown: string): string =>
    reader
      .parse(markdown, {})
      .map(({ type, tag }) => `${type} ${tag}`)
      .join();
  /** Spaces at the ends of a line or cell are lost. */
  const squeezed = (text: string): string => text.replaceAll(/\s/g, '');

  it('leaves names readable', () => {
    for (const name of [
      'model.layers.0.self_attn.q_proj',
      'adapter-mixed',
      'runs/a (1)/b.safetensors, 0.5 %',
      '1.00 [0.21, 1.00] 1/1',
      '-0.5',
    ])
      assert.equal(escapeMarkdown(name), name);
  });
  it('escapes what could mean something', () => {
    assert.equal(escapeMarkdown('q_proj|<b>$(x)`'), 'q_proj\\|&lt;b&gt;\\$ (x)\\`');
    assert.equal(
      escapeMarkdown('_a_ 1. **b** http://c www.d e@f'),
      '\\_a\\_ 1. \\*\\*b\\*\\* http:/\\/c www\\.d e\\@f',
    );
  });
  it('is read as the text that it was, by a real parser, wherever it is put', () => {
    const pieces = fc.constantFrom(
      ...[
        '_',
        '__',
        '*',
        '#',
        '# ',
        '1. ',
        '2) ',
        '- ',
        '+ ',
        '> ',
        '~~',
        '`',
        '```',
        '[a](b)',
        '![a](b)',
        '[a]: b',
        '[',
        ']',
        '[x] ',
        '[a]',
        '[a][b]',
        '[^1]',
      ],
      ...[
        '<b>',
        '<!--',
        '&amp;',
        '&#32;',
        '|',
        '\\',
        '\\|',
        'http://a.b',
        'www.a.b',
        '//a.b',
        'mailto:a@b.c',
        'a@b.c',
      ],
      ...[
        'a',
        'b1',
        ' ',
        '    ',
        '.',
        '---',
        '===',
        ':--',
        '$x$',
        '$(x)',
        ')',
        '!',
        '=',
        'ä',
        '中',
        '\n',
        '\t',
      ],
    );
    const texts = fc.oneof(
      anyText,
      fc.array(pieces, { maxLength: 8 }).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(texts, fc.constantFrom(...PLACES), (text, place) => {
        const wanted = visibleText(text, 10_000).replaceAll('$(', '$ (');
        const markdown = place(escapeMarkdown(text, 10_000));
        assert.equal(squeezed(shown(markdown)), squeezed(shown(place('X')).replace('X', () => wanted)));
        if (wanted.trim() !== '') assert.equal(blocks(markdown), blocks(place('X')));
      }),
      { numRuns: 3000 },
    );
  });
  it('gives no icon in VS Code', () => {
    fc.assert(
      fc.property(anyText, (text) => !escapeMarkdown(text, 10_000).replaceAll('\\', '').includes('$(')),
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
