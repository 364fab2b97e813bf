import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GERMAN } from '../../support/german';
import { projectRoot } from '../../support/paths';

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

/** English and German of every text: the GERMAN's, and those of package.json. */
function pairs(): readonly (readonly [string, string])[] {
  const read = (name: string): Record<string, string> =>
    JSON.parse(readFileSync(join(projectRoot, name), 'utf8')) as Record<string, string>;
  const german = read('package.nls.de.json');
  const manifest = Object.entries(read('package.nls.json'));
  return [
    ...Object.entries(GERMAN),
    ...manifest.map(([key, english]) => [english, german[key] ?? ''] as const),
  ];
}

const placeholders = (text: string): string[] => [...new Set(text.match(/\{\d+\}/g))].sort();

describe('translations', () => {
  it('keeps every placeholder', () => {
    for (const [text, german] of Object.entries(GERMAN)) {
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
