import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { ENGINE_TEXTS } from '../../../../src/host/errors/engineTexts';
import { projectRoot } from '../../../support/paths';

/** Every string that stands in the code, but for the table itself. */
function saidTexts(): ReadonlySet<string> {
  const texts = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node)) texts.add(node.text);
    node.forEachChild(visit);
  };
  const source = path.join(projectRoot, 'src');
  for (const name of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts') || path.basename(name) === 'engineTexts.ts') continue;
    const text = readFileSync(path.join(source, name), 'utf8');
    visit(ts.createSourceFile(name, text, ts.ScriptTarget.Latest));
  }
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
});
