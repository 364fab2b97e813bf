import assert from 'node:assert/strict';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { ModelMemory } from '../../src/host/models/modelMemory';
import { Settings } from '../../src/host/settings';
import { collectingLog } from '../support/log';
import { memento } from '../support/memento';
import { BENIGN, models, weights } from './support';

function memoryOf(settings = new Settings(vscode.window.createOutputChannel('SPLoRA test', { log: true }))) {
  const { log, lines } = collectingLog();
  return { memory: new ModelMemory(settings, memento(), log), lines };
}

describe('Models in the settings of a workspace folder', () => {
  const settings = (): vscode.WorkspaceConfiguration =>
    vscode.workspace.getConfiguration('splora', weights());
  const inFolder = (): unknown => settings().inspect('models.byAdapter')?.workspaceFolderValue;
  const write = (value: unknown): Thenable<void> =>
    settings().update('models.byAdapter', value, vscode.ConfigurationTarget.WorkspaceFolder);
  let kept: unknown;
  before(() => (kept = inFolder()));
  after(() => write(kept));

  it('stay as they are, a bad one among them too, when another is kept or taken back', async () => {
    const { memory } = memoryOf();
    const good = { base: 'base', aligned: 'aligned' };
    const saved = { 'adapter-mixed': good, typo: { base: 'base', alinged: 'aligned' } };
    await write(saved);
    assert.deepEqual(memory.recall(weights().fsPath), good, 'a typo elsewhere takes no entry away');
    const folder = path.dirname(weights(BENIGN).fsPath);
    await memory.remember(folder, models());
    assert.deepEqual(inFolder(), { ...saved, 'adapter-benign': good });
    await memory.forget(folder);
    assert.deepEqual(inFolder(), saved);
  });

  it('take none over from the settings of the user', async () => {
    const { memory } = memoryOf();
    const { Global } = vscode.ConfigurationTarget;
    const own = { base: 'user-base', aligned: 'user-aligned' };
    await write(undefined);
    await settings().update('models.byAdapter', { 'adapter-mixed': own }, Global);
    try {
      assert.deepEqual(memory.recall(weights().fsPath), own);
      await memory.remember(path.dirname(weights(BENIGN).fsPath), models());
      assert.deepEqual(inFolder(), { 'adapter-benign': { base: 'base', aligned: 'aligned' } });
    } finally {
      await settings().update('models.byAdapter', undefined, Global);
    }
  });
});

describe('A choice that the settings could not take', () => {
  /** As a read-only workspace: its settings can be read, and not written. */
  async function withReadOnlySettings(work: () => Promise<void>): Promise<void> {
    const { getConfiguration } = vscode.workspace;
    Object.assign(vscode.workspace, {
      getConfiguration: (...args: Parameters<typeof getConfiguration>) => ({
        inspect: (key: string) => getConfiguration(...args).inspect(key),
        update: () => Promise.reject(new Error('read-only')),
      }),
    });
    try {
      await work();
    } finally {
      Object.assign(vscode.workspace, { getConfiguration });
    }
  }

  it('goes before what stands there, until somebody changes that or they take one', async () => {
    const committed = { base: 'base', aligned: 'committed' };
    let entries: Record<string, { base: string; aligned: string }> = { '.': committed };
    const { memory, lines } = memoryOf({ get: () => entries } as unknown as Settings);
    const [adapter, folder] = [weights(BENIGN).fsPath, path.dirname(weights(BENIGN).fsPath)];
    const refused = (): Promise<void> => withReadOnlySettings(() => memory.remember(folder, models()));
    assert.deepEqual(memory.recall(adapter), committed);
    await refused();
    assert.equal(lines.length, 1);
    assert.deepEqual(memory.recall(adapter), models());
    assert.deepEqual(memory.recall(weights().fsPath), committed, 'of another folder');
    entries = { '.': { base: 'base', aligned: 'pulled' } };
    assert.deepEqual(memory.recall(adapter), entries['.']);
    await refused();
    assert.deepEqual(memory.recall(adapter), models());
    await memory.forget(folder);
    assert.deepEqual(memory.recall(adapter), entries['.']);
  });

  it('is forgotten for a folder that is no longer in the workspace', async () => {
    const { memory } = memoryOf({
      get: (key: string) => (key === 'models.byAdapter' ? {} : ''),
    } as unknown as Settings);
    const [adapter, folder] = [weights(BENIGN).fsPath, path.dirname(weights(BENIGN).fsPath)];
    await withReadOnlySettings(() => memory.remember(folder, models()));
    assert.deepEqual(memory.recall(adapter), models());
    const { getWorkspaceFolder } = vscode.workspace;
    const outside = { base: 'other', aligned: 'later' };
    Object.assign(vscode.workspace, { getWorkspaceFolder: () => undefined });
    try {
      assert.equal(memory.recall(adapter), undefined);
      await memory.remember(folder, outside);
      assert.deepEqual(memory.recall(adapter), outside);
    } finally {
      Object.assign(vscode.workspace, { getWorkspaceFolder });
    }
    assert.deepEqual(memory.recall(adapter), outside);
  });
});
