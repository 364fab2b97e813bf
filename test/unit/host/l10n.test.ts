import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { ENGINE_TEXTS } from '../../../src/host/errors/engineTexts';
import { scoreInfo } from '../../../src/core/report/scores';
import { tableColumns } from '../../../src/core/report/table';
import { INSPECTOR_STRINGS } from '../../../webview/inspector/strings';
import { STRINGS } from '../../../webview/strings';
import { projectRoot } from '../../support/paths';

const bundle = JSON.parse(
  readFileSync(join(projectRoot, 'media/l10n/bundle.l10n.de.json'), 'utf8'),
) as Record<string, string>;

/** Texts that reach `vscode.l10n.t` as values: the tables of the pages, names of scores, heads of columns, errors. */
function tabledTexts(): readonly string[] {
  const scores = Object.values(scoreInfo).flatMap(({ label, short, description }) => [
    label,
    short,
    description,
  ]);
  const columns = tableColumns('ediemIqr').map(({ label }) => label);
  return [
    ...Object.values(STRINGS),
    ...Object.values(INSPECTOR_STRINGS),
    ...scores,
    ...columns,
    ...ENGINE_TEXTS,
  ];
}

/** Texts that are translated: the first argument of `vscode.l10n.t` and of functions named `t`. */
function translatedTexts(): Set<string> {
  const texts = new Set(tabledTexts());
  for (const name of readdirSync(join(projectRoot, 'src/host'), { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts')) continue;
    const file = join(projectRoot, 'src/host', name);
    visit(ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true), texts);
  }
  return texts;
}

function visit(node: ts.Node, texts: Set<string>): void {
  if (ts.isCallExpression(node) && /(^|\bl10n\.)t$/.test(node.expression.getText())) {
    const [first] = node.arguments;
    if (first !== undefined && ts.isStringLiteralLike(first)) texts.add(first.text);
    // A variable or a `label` holds a text of `tabledTexts`, or is passed on by a wrapper. A template or a sum could
    // never be looked up.
    else if (first === undefined || !(ts.isIdentifier(first) || ts.isPropertyAccessExpression(first))) {
      assert.fail(`${node.getSourceFile().fileName}: not a plain text: ${node.getText()}`);
    }
  }
  node.forEachChild((child) => visit(child, texts));
}

/** Words of the field, and the German that stands for each wherever it is spoken of. */
const TERMS: readonly (readonly [RegExp, RegExp])[] = [
  [/\bscales?\b/, /Skalierung|\.scale/],
  [/\bbase model\b(?!")/i, /Basismodell|Basis- und/],
  [/\baligned model\b/i, /[Aa]usgerichtete[ns]? (?:\(Chat-\))?Modell/],
  [/\bunaligned\b/i, /[Nn]icht ausgerichtet/],
  [/\bthreshold\b/i, /Schwelle|`threshold`/],
  [/\bquartiles?\b/i, /Quartil/],
  [/\bLFS\b/, /Git-LFS-Verweis|git lfs/],
  [/\brepo id\b/i, /Repo-ID/],
  [/\branked by\b|\branking\b/i, /[Rr]angfolge|geordnet/],
  [/\blog\b/i, /Protokoll/],
  [/\bpanel\b/i, /Übersicht/],
  [/\bretain(?:s|ed)\b/i, /erh[aä]lt/i],
];

/** English and German of every text: the bundle's, and those of package.json. */
function pairs(): readonly (readonly [string, string])[] {
  const read = (name: string): Record<string, string> =>
    JSON.parse(readFileSync(join(projectRoot, name), 'utf8')) as Record<string, string>;
  const german = read('package.nls.de.json');
  const manifest = Object.entries(read('package.nls.json'));
  return [
    ...Object.entries(bundle),
    ...manifest.map(([key, english]) => [english, german[key] ?? ''] as const),
  ];
}

const placeholders = (text: string): string[] => [...new Set(text.match(/\{\d+\}/g))].sort();

describe('translations', () => {
  const texts = translatedTexts();

  it('covers every text in German', () => {
    const missing = [...texts].filter((text) => !Object.hasOwn(bundle, text));
    assert.deepEqual(missing, []);
  });

  it('has nothing that is no longer said', () => {
    assert.deepEqual(
      Object.keys(bundle).filter((text) => !texts.has(text)),
      [],
    );
  });

  it('keeps every placeholder', () => {
    for (const [text, german] of Object.entries(bundle)) {
      assert.deepEqual(placeholders(german), placeholders(text), text);
      assert.notEqual(german.trim(), '', text);
    }
  });

  it('has one German word for each term, Sie for the reader, and quotes that are paired', () => {
    for (const [english, german] of pairs()) {
      for (const [term, word] of TERMS)
        if (term.test(english)) assert.match(german, word, `${english}: ${String(term)}`);
      assert.doesNotMatch(german, /\b(?:du|dich|dir|dein\w*)\b/i);
      assert.equal(german.split('„').length, german.split('“').length, german);
      assert.doesNotMatch(german, /”| …$/, german);
    }
  });

  it('has every page of the walkthrough in German, with the same names in it', () => {
    const folder = join(projectRoot, 'media/walkthrough');
    const pages = readdirSync(folder).filter((name) => !name.includes('.nls.'));
    assert.ok(pages.length > 0);
    const literals = (name: string): readonly string[] =>
      [...readFileSync(join(folder, name), 'utf8').matchAll(/`[^`]+`/g)].map(([literal]) => literal).sort();
    for (const page of pages) {
      // The name under which VS Code looks for the page of a language.
      assert.deepEqual(literals(page.replace(/\.md$/, '.nls.de.md')), literals(page), page);
    }
  });
});
