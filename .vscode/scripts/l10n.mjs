// Keeps media/l10n/bundle.l10n.de.json in step with the sources: `npm run l10n` drops texts that are gone and adds new
// ones without German, which is then to be written there; `--check` (part of `npm run lint`) only compares.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { scoreInfo } from '../../src/core/report/scores.ts';
import { tableColumns } from '../../src/core/report/table.ts';
import { TERM_SECTIONS, terms } from '../../src/core/report/terms.ts';
import { TARGETS } from '../../src/core/export/targets.ts';
import { METHODS } from '../../src/methods/index.ts';
import { STRINGS } from '../../webview/strings.ts';

const root = path.join(import.meta.dirname, '../..');
const BUNDLE = path.join(root, 'media/l10n/bundle.l10n.de.json');

/** Functions that are given a text to translate, and at which place. The last name of the call counts: `vscode.l10n.t`. */
const TEXT_ARGUMENT = new Map([
  ['say', 0],
  ['mustBe', 0],
  ['t', 0],
  ['translate', 0],
  ['ioError', 1],
]);
/** These are also called with what stands in a table, or pass on what they were given. */
const PASS_ON = new Set(['t', 'translate']);

const problems = [];

/** Texts of tables, which are translated where they are shown. */
function tabledTexts() {
  return [
    ...Object.values(STRINGS),
    ...Object.values(TARGETS).map(({ summary }) => summary),
    ...Object.values(scoreInfo).flatMap(({ label, short, description }) => [label, short, description]),
    ...Object.values(terms).flatMap(({ title, description, more = [] }) => [title, description].concat(more)),
    ...TERM_SECTIONS.map(({ title }) => title),
    ...tableColumns('ediemIqr').map(({ label }) => label),
  ];
}

function textsOf(/** @type {string} */ file) {
  const source = ts.createSourceFile(
    file,
    readFileSync(path.join(root, file), 'utf8'),
    ts.ScriptTarget.Latest,
  );
  const texts = [];
  const visit = (/** @type {ts.Node} */ node) => {
    if (ts.isCallExpression(node)) {
      const name = ts.isPropertyAccessExpression(node.expression) ? node.expression.name : node.expression;
      const at = ts.isIdentifier(name) ? TEXT_ARGUMENT.get(name.text) : undefined;
      const argument = at === undefined ? undefined : node.arguments[at];
      if (argument !== undefined && ts.isStringLiteralLike(argument)) texts.push(argument.text);
      else if (argument !== undefined && !mayBeVariable(name.text, argument)) {
        const { line } = source.getLineAndCharacterOfPosition(argument.getStart(source));
        problems.push(`${file}:${line + 1}: not a string literal: ${node.getText(source)}`);
      }
    }
    node.forEachChild(visit);
  };
  visit(source);
  return texts;
}

function mayBeVariable(/** @type {string} */ name, /** @type {ts.Node} */ argument) {
  return PASS_ON.has(name) && (ts.isIdentifier(argument) || ts.isPropertyAccessExpression(argument));
}

// The command line speaks English.
const files = readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.startsWith(`cli${path.sep}`))
  .map((name) => path.join('src', name));
const isMethod = (/** @type {string} */ file) => file.startsWith(path.join('src', 'methods'));
const texts = new Set([...tabledTexts(), ...files.filter((file) => !isMethod(file)).flatMap(textsOf)]);
/** A repair method is a folder and nothing else: its texts are English until somebody translates them here. */
const optional = new Set([
  ...files.filter(isMethod).flatMap(textsOf),
  ...METHODS.flatMap(({ title, summary, options }) => [
    title,
    summary,
    ...Object.values(options).flatMap(({ description, choiceDescriptions = {} }) => [
      description,
      ...Object.values(choiceDescriptions),
    ]),
  ]),
]);
const bundle = new Map(Object.entries(JSON.parse(readFileSync(BUNDLE, 'utf8'))));

const unused = [...bundle.keys()].filter((text) => !texts.has(text) && !optional.has(text));
const missing = [...texts].filter((text) => (bundle.get(text) ?? '') === '');
if (!process.argv.includes('--check')) {
  for (const text of unused) bundle.delete(text);
  for (const text of missing) bundle.set(text, '');
  writeFileSync(BUNDLE, `${JSON.stringify(Object.fromEntries(bundle), null, 2)}\n`);
} else {
  problems.push(...unused.map((text) => `in the bundle, but no longer in the sources: ${text}`));
}
problems.push(...missing.map((text) => `no German yet: ${text}`));
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
