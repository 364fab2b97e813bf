import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { askScope } from '../../src/host/commands/analyzeScope';
import type { AdapterState } from '../../src/host/state/types';
import { stateOf } from '../support/adapterState';
import { analysisOf, scored } from '../support/analysisDocument';
import { withStubs } from './support';

const stateAt = (folder: string, fields: Partial<AdapterState> = {}): AdapterState => ({
  ...stateOf(analysisOf([scored('q')], { adapter: `${folder}/adapter_model.safetensors` })),
  ...fields,
});
const states = [
  stateAt('/elsewhere/alone', { stale: 'adapter_model.safetensors changed' }),
  stateAt('/elsewhere/run/checkpoint-100'),
  stateAt('/elsewhere/run/checkpoint-200', { document: null }),
];

/** Picks a row. @returns the rows, and what is chosen */
async function scopes(picked: string, first?: string): Promise<[readonly string[], unknown]> {
  let shown: readonly string[] = [];
  const showQuickPick = (rows: readonly vscode.QuickPickItem[]): Promise<unknown> => {
    shown = rows.map(({ label, description = '' }) => `${label}: ${description}`);
    return Promise.resolve(rows.find(({ label }) => label.endsWith(picked)));
  };
  const chosen = await withStubs(vscode.window, { showQuickPick }, () => askScope(states, first));
  return [shown, chosen];
}

describe('Which adapters Analyze All takes', () => {
  const [alone, ...run] = states.map(({ adapter }) => adapter);

  it('is asked first, with counts', async () => {
    const [rows, chosen] = await scopes('New or Changed Adapters');
    assert.deepEqual(
      rows.map((row) => row.replace(/^\$\(\S+\) /, '')),
      [
        'All Adapters: 3 adapters, 2 new or changed',
        'New or Changed Adapters: 2 adapters, 2 new or changed',
        'Run /elsewhere/run: 2 adapters, 1 new or changed',
        'Adapters of a Folder…: ',
      ],
    );
    assert.deepEqual(chosen, [alone, run[1]]);
  });

  it('is the run first whose row was pointed at', async () => {
    const [rows, chosen] = await scopes('Run /elsewhere/run', '/elsewhere/run');
    assert.match(rows[0] ?? '', /Run/);
    assert.deepEqual(chosen, run);
  });
});
