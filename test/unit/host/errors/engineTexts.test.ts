import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { ENGINE_TEXTS } from '../../../../src/host/errors/engineTexts';
import { projectRoot } from '../../../support/paths';

const source = path.join(projectRoot, 'src');

const TABLES = new Set(['engineTexts.ts', 'fileTexts.ts']);

/** Goes through the code, but for the tables themselves. */
function visitSources(visit: (node: ts.Node, file: ts.SourceFile) => void): void {
  for (const name of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts') || TABLES.has(path.basename(name))) continue;
    const text = readFileSync(path.join(source, name), 'utf8');
    const file = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
    const down = (node: ts.Node): void => {
      visit(node, file);
      node.forEachChild(down);
    };
    down(file);
  }
}

/** Every string that stands in the code. */
function saidTexts(): ReadonlySet<string> {
  const texts = new Set<string>();
  visitSources((node) => {
    if (ts.isStringLiteralLike(node)) texts.add(node.text);
  });
  return texts;
}

/** The fixed text of every reason, note and finding: what `say` is called with. A `Said` is made in no other way. */
function templates(): readonly string[] {
  const texts: string[] = [];
  visitSources((node, file) => {
    if (ts.isAsExpression(node) && node.type.getText(file) === 'Said')
      assert.equal(file.fileName, path.join('core', 'said.ts'), node.getText(file));
    if (!ts.isCallExpression(node) || node.expression.getText(file) !== 'say') return;
    const [text] = node.arguments;
    if (text === undefined || !ts.isStringLiteralLike(text))
      assert.fail(`${file.fileName}: not a plain text: ${node.getText(file)}`);
    texts.push(text.text);
  });
  return texts;
}

describe('texts of the engine that are translated', () => {
  it('are all said somewhere, word for word', () => {
    const said = saidTexts();
    // `ioError` puts what was being done before what the system says.
    const parts = (text: string): string =>
      text.replace(/ failed: (\{0\}|there is no such file or folder)$/, '');
    assert.deepEqual(
      [...ENGINE_TEXTS].filter((text) => !said.has(parts(text))),
      [],
    );
  });

  it('hold every reason, note and finding that there can be', () => {
    const all = templates();
    assert.ok(all.length > 100);
    assert.deepEqual(
      all.filter((text) => !ENGINE_TEXTS.has(text)),
      [],
    );
  });
});
