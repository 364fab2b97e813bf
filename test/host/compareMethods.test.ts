import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { comparedFigures } from '../../src/core/results/repair/compared';
import type { RepairDocument } from '../../src/core/results/repair/types';
import { COMMANDS } from '../../src/host/ids';
import { eventually, models, refused, run, uri, weights } from './support';

const LIMIT = 6;
/** Two methods that need neither passes nor gradients, and few prompts. */
const few = () => ({ ...models(), methods: ['cut', 'scale'], fitLimit: LIMIT, testLimit: LIMIT });
const COMPARE_MS = 300_000;

describe('Compare Methods, called by a program', () => {
  it('tests the best strength of each, and writes the best of all', async () => {
    const out = uri('compared').fsPath;
    const document = await run<RepairDocument>(COMMANDS.compareMethods, weights(), { ...few(), out });
    assert.ok(document !== undefined);
    const figures = comparedFigures(document);
    assert.deepEqual(
      figures.map(({ method, figures: { asr } }) => [method, asr?.n]),
      [
        ['cut', LIMIT],
        ['scale', LIMIT],
      ],
    );
    assert.equal(document.written?.out, out);
    assert.equal(figures.filter(({ isRecommended }) => isRecommended).length, 1);
    await vscode.workspace.fs.delete(uri('compared'), { recursive: true });
  }).timeout(COMPARE_MS);

  it('ends by Cancel, and writes nothing', async () => {
    const out = uri('canceled').fsPath;
    const pending = run(COMMANDS.compareMethods, weights(), { ...few(), out });
    await eventually('the comparison canceled', async () => (await run<number>(COMMANDS.cancel)) === 1);
    assert.equal(await pending, undefined);
    await assert.rejects(async () => vscode.workspace.fs.stat(uri('canceled')));
  });

  it('refuses unknown methods, and to compare none', async () => {
    await refused('bad-request', COMMANDS.compareMethods, weights(), { methods: ['magic'] });
    await refused('bad-request', COMMANDS.compareMethods, weights(), { methods: [] });
    await refused('bad-request', COMMANDS.compareMethods, weights(), {});
  });
});
