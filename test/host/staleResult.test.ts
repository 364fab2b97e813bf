import { say } from '../../src/core/message';
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { AnalysisDocument } from '../../src/core/report/analysis';
import type { Caller } from '../../src/host/commands/call';
import type { Services } from '../../src/host/services';
import { settledResult } from '../../src/host/commands/settledResult';
import { analysisOf, scored } from '../support/analysisDocument';
import { rejection } from '../support/rejection';
import { config, weights, withStubs } from './support';

const adapter = weights().fsPath;
const earlier: AnalysisDocument = analysisOf([scored('a')], {
  adapter,
  inputs: [{ path: config().fsPath, size: 1, mtimeMs: 1 }],
});
const fresh: AnalysisDocument = { ...earlier, inputs: [] };

/** A chooser for which nothing was chosen. */
const nothingChosen = { known: () => Promise.resolve({}) };

/** Just what is asked for outdated scores, with a run that gives `fresh`. */
function services(kept: AnalysisDocument, chooser: object): Services {
  const parts = {
    store: { get: () => ({ document: kept }) },
    readings: { optionsOf: () => kept.options },
    chooser: () => Promise.resolve(chooser),
    jobs: { start: () => Promise.resolve(fresh) },
    settings: { get: () => 0 },
  };
  return parts as unknown as Services;
}

/** Answers the modal question with a button; tells what it said. */
async function answering<T>(button: string | undefined, work: () => Promise<T>): Promise<[T, string[]]> {
  const asked: string[] = [];
  const showWarningMessage = (text: string, options: vscode.MessageOptions, ...labels: string[]) => {
    asked.push(text, options.detail ?? '', ...labels);
    return Promise.resolve(button);
  };
  return [await withStubs(vscode.window, { showWarningMessage }, work), asked];
}

describe('Scores that are out of date', () => {
  const settle = (kept: AnalysisDocument, caller: Caller, stale?: 'allow') =>
    settledResult(
      services(kept, nothingChosen),
      adapter,
      { caller, options: stale === undefined ? {} : { stale } },
      'Write Anyway',
    );

  it('are reported with the changed file, and used if the user agrees', async () => {
    const [settled, asked] = await answering('Write Anyway', () => settle(earlier, 'user'));
    assert.equal(settled.document, earlier);
    assert.equal(settled.stale, 'adapter_config.json changed after the analysis');
    assert.match(asked[0] ?? '', /out of date/);
    assert.ok(asked[1]?.includes(config().fsPath));
    assert.deepEqual(asked.slice(2), ['Analyze Again', 'Write Anyway']);
  });

  it('are computed again if the user agrees', async () => {
    const [settled] = await answering('Analyze Again', () => settle(earlier, 'user'));
    assert.deepEqual(settled, { document: fresh, stale: null });
  });

  it('are not computed again if the user rejects the chosen models', async () => {
    const pair = { base: '/base', aligned: '/aligned' };
    const chooser = {
      ...nothingChosen,
      known: () => Promise.resolve({ pair }),
      models: () => Promise.resolve(undefined),
    };
    const settling = (): Promise<unknown> =>
      settledResult(services(earlier, chooser), adapter, { caller: 'user', options: {} }, 'Write Anyway');
    await answering('Analyze Again', () => rejection(settling(), 'cancelled'));
  });

  it('are not used if the user cancels', async () => {
    await assert.rejects(
      answering(undefined, () => settle(earlier, 'user')),
      { data: { code: 'cancelled', message: say('Canceled.') } },
    );
  });

  it('are refused to a program unless it allows them, without a question', async () => {
    await assert.rejects(
      answering('Write Anyway', () => settle(earlier, 'program')),
      /changed after the analysis/,
    );
    const [settled, asked] = await answering(undefined, () => settle(earlier, 'program', 'allow'));
    assert.equal(settled.document, earlier);
    assert.deepEqual(asked, []);
  });

  it('are no matter while the files are the same', async () => {
    const [settled, asked] = await answering(undefined, () => settle(fresh, 'user'));
    assert.equal(settled.stale, null);
    assert.deepEqual(asked, []);
  });
});
