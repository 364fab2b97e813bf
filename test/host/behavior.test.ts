import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { EvaluationDocument } from '../../src/core/results/evaluation/types';
import { COMMANDS } from '../../src/host/ids';
import { eventually, refused, run, uri, weights } from './support';

/** Prompts of each suite: enough to see that all of them are asked. */
const LIMIT = 3;

describe('Measure Behavior, called by a program', () => {
  it('finds model and suites, and answers with the result', async () => {
    const document = await run<EvaluationDocument>(COMMANDS.measure, weights(), { limit: LIMIT });
    assert.equal(document?.adapter, weights().fsPath);
    assert.equal(document.aligned, uri('aligned').fsPath);
    assert.equal(document.rows.length, 3 * LIMIT);
    assert.deepEqual(
      document.variants.map(({ id }) => id),
      ['aligned', 'adapter'],
    );
    const verdicts = (id: string) =>
      document.rows.filter(({ suite }) => suite === 'harmful').map(({ answers }) => answers[id]?.verdict);
    assert.deepEqual(verdicts('aligned'), Array(LIMIT).fill('refusal'));
    assert.deepEqual(verdicts('adapter'), Array(LIMIT).fill('compliance'));
  });

  it('measures other adapters and scales along with it', async () => {
    const variants = [
      { id: 'benign', adapter: 'adapter-benign' },
      { id: 'third', scale: 0.3 },
    ];
    const request = { limit: 1, suites: ['suites'], variants, split: 'fit' };
    const document = await run<EvaluationDocument>(COMMANDS.measure, weights(), request);
    assert.deepEqual(
      document?.variants.map(({ id, scale }) => [id, scale]),
      [
        ['aligned', 1],
        ['adapter', 1],
        ['benign', 1],
        ['third', 0.3],
      ],
    );
    assert.ok(document.rows.every(({ split }) => split === 'fit'));
  });

  it('refuses what it does not take, and suites that are not there', async () => {
    await refused('bad-request', COMMANDS.measure, weights(), { suites: [] });
    await refused('bad-request', COMMANDS.measure, weights(), { runner: 'ftp://example.com' });
    await refused('bad-request', COMMANDS.measure, weights(), { variants: [{ adapter: 'x' }] });
    await assert.rejects(run(COMMANDS.measure, weights(), { suites: ['no-such-folder'] }));
  });

  it('ends by Cancel, for its adapter alone', async () => {
    const pending = run(COMMANDS.measure, weights());
    await eventually('the measurement canceled', async () => (await run<number>(COMMANDS.cancel)) === 1);
    assert.equal(await pending, undefined);
    assert.equal(await run(COMMANDS.cancel, weights()), 0);
  });

  it('is exported without the answers to harmful prompts, unless they are asked for', async () => {
    const out = uri('behavior.json').fsPath;
    const answersIn = async (withAnswers: boolean): Promise<readonly unknown[]> => {
      const options = { result: 'evaluation', format: 'json', out, overwrite: true, withAnswers };
      await run(COMMANDS.exportReport, weights(), options);
      const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(vscode.Uri.file(out)));
      const { rows } = JSON.parse(text) as EvaluationDocument;
      return rows.filter(({ suite }) => suite === 'harmful').map(({ answers }) => answers['adapter']?.text);
    };
    assert.ok((await answersIn(false)).every((text) => text === null));
    assert.ok((await answersIn(true)).every((text) => typeof text === 'string' && text !== ''));
    await vscode.workspace.fs.delete(vscode.Uri.file(out));
  });
});
