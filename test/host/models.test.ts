import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { ModelChooser } from '../../src/host/models/modelChooser';
import { ModelMemory } from '../../src/host/models/modelMemory';
import { Settings } from '../../src/host/settings';
import { collectingLog } from '../support/log';
import { memento } from '../support/memento';
import { inTemporaryFolder } from '../support/temporaryFolder';
import { models, uri, weights } from './support';

interface SetUp {
  readonly chooser: ModelChooser;
  readonly memory: ModelMemory;
  readonly warned: string[];
}

function setUp(): SetUp {
  const { log } = collectingLog();
  const warned: string[] = [];
  const channel = vscode.window.createOutputChannel('SPLoRA test', { log: true });
  const settings = new Settings(channel);
  const memory = new ModelMemory(settings, memento(), log);
  return { chooser: new ModelChooser(settings, memory, (text) => warned.push(text)), memory, warned };
}

/** Answers every modal question with the button of that place; counts them. */
async function answering(
  button: 'swap' | 'as-chosen' | 'none',
  work: () => Promise<unknown>,
): Promise<number> {
  const before = vscode.window.showWarningMessage;
  let asked = 0;
  const answer = (_text: string, _options: vscode.MessageOptions, ...labels: string[]): Promise<unknown> => {
    asked += 1;
    return Promise.resolve(button === 'none' ? undefined : labels[button === 'swap' ? 0 : 1]);
  };
  Object.assign(vscode.window, { showWarningMessage: answer });
  try {
    await work();
  } finally {
    Object.assign(vscode.window, { showWarningMessage: before });
  }
  return asked;
}

describe('Models that are the wrong way round', () => {
  const adapter = weights().fsPath;
  const right = models();
  const wrong = { base: right.aligned, aligned: right.base };
  const settings = (): vscode.WorkspaceConfiguration =>
    vscode.workspace.getConfiguration('splora', weights());
  const set = async (pair: { base: string; aligned: string } | undefined): Promise<void> => {
    const { Workspace } = vscode.ConfigurationTarget;
    await settings().update('models.base', pair?.base, Workspace);
    await settings().update('models.aligned', pair?.aligned, Workspace);
    await settings().update('models.byAdapter', undefined, vscode.ConfigurationTarget.WorkspaceFolder);
  };
  let byAdapter: unknown;
  before(() => (byAdapter = settings().get('models.byAdapter')));
  after(async () => {
    await set(undefined);
    await settings().update('models.byAdapter', byAdapter, vscode.ConfigurationTarget.WorkspaceFolder);
  });

  it('are told of, once, when a program gives them, and are used as given', async () => {
    const { chooser, warned } = setUp();
    assert.deepEqual(await chooser.resolve(adapter, right), right);
    assert.equal(warned.length, 0);
    const asked = await answering('swap', async () => {
      assert.deepEqual(await chooser.resolve(adapter, wrong), wrong);
      assert.deepEqual(await chooser.resolve(adapter, wrong), wrong);
    });
    assert.equal(asked, 0);
    assert.equal(warned.length, 1);
    assert.match(warned[0] ?? '', /aligned is the aligned model that this adapter names, not its base/);
  });

  it('are told of when they come from settings and a program asks', async () => {
    const { chooser, warned } = setUp();
    await set(wrong);
    assert.deepEqual(await chooser.confirmed(adapter, 'tell'), wrong);
    assert.equal(warned.length, 1);
  });

  it('are asked about when they come from settings, and stay so once somebody stood by them', async () => {
    const { chooser } = setUp();
    await set(right);
    assert.equal(await answering('none', () => chooser.confirmed(adapter, 'ask')), 0);
    await set(wrong);
    const asked = await answering('as-chosen', async () => {
      assert.deepEqual(await chooser.models(adapter, 'ask'), wrong);
      assert.deepEqual(await chooser.models(adapter, 'ask'), wrong);
    });
    assert.equal(asked, 1);
  });

  it('are exchanged where a person says so, in the settings too', async () => {
    const { chooser, memory } = setUp();
    await set(wrong);
    const asked = await answering('swap', async () => {
      assert.deepEqual(await chooser.confirmed(adapter, 'ask'), right);
    });
    assert.equal(asked, 1);
    assert.deepEqual(memory.recall(adapter), { base: 'base', aligned: 'aligned' });
    assert.equal(await answering('none', () => chooser.confirmed(adapter, 'ask')), 0);
  });

  it('are asked about again once the engine refused them, and are taken out of the settings', async () => {
    const { chooser, memory } = setUp();
    await set(undefined);
    await chooser.keep(path.dirname(adapter), right);
    assert.deepEqual(await chooser.confirmed(adapter, 'ask'), right);
    await chooser.refused(adapter, right);
    assert.equal(await chooser.confirmed(adapter, 'ask'), undefined);
    assert.equal(memory.recall(adapter), undefined);
    await set(right);
    assert.equal(await chooser.confirmed(adapter, 'ask'), undefined, 'the settings name the same models');
    chooser.proved(adapter, right);
    assert.deepEqual(await chooser.confirmed(adapter, 'ask'), right);
  });

  it('are chosen again where a person wants that', async () => {
    const { chooser } = setUp();
    await set(wrong);
    const asked = await answering('none', async () => {
      assert.equal(await chooser.confirmed(adapter, 'ask'), undefined);
    });
    assert.equal(asked, 1);
    // What only shows something does not ask.
    assert.deepEqual(await chooser.remembered(adapter), wrong);
    assert.equal(path.basename(wrong.base), 'aligned');
  });
});

describe('One model alone in the settings', () => {
  const right = models();
  /** Its config names no model. */
  const nameless = uri('nameless', 'adapter_model.safetensors');
  const configuration = (): vscode.WorkspaceConfiguration =>
    vscode.workspace.getConfiguration('splora', weights());
  const set = async (pair: Partial<typeof right>): Promise<void> => {
    const { Workspace, WorkspaceFolder } = vscode.ConfigurationTarget;
    await configuration().update('models.base', pair.base, Workspace);
    await configuration().update('models.aligned', pair.aligned, Workspace);
    await configuration().update('models.byAdapter', undefined, WorkspaceFolder);
  };
  let byAdapter: unknown;
  before(async () => {
    byAdapter = configuration().get('models.byAdapter');
    await vscode.workspace.fs.writeFile(uri('nameless', 'adapter_config.json'), Buffer.from('{}'));
  });
  after(async () => {
    await set({});
    await configuration().update('models.byAdapter', byAdapter, vscode.ConfigurationTarget.WorkspaceFolder);
    await vscode.workspace.fs.delete(uri('nameless'), { recursive: true });
  });

  /** Answers every list with the row of that label, or turns away; gives the titles. */
  async function picking(label: string, work: () => Promise<unknown>): Promise<readonly string[]> {
    const before = vscode.window.showQuickPick;
    const titles: string[] = [];
    const answer = (items: readonly vscode.QuickPickItem[], options: vscode.QuickPickOptions): unknown => {
      titles.push(options.title ?? '');
      return Promise.resolve(items.find((item) => item.label === label));
    };
    Object.assign(vscode.window, { showQuickPick: answer });
    try {
      await work();
    } finally {
      Object.assign(vscode.window, { showQuickPick: before });
    }
    return titles;
  }

  it('is the base: the aligned one is what the adapter names, and nobody is asked', async () => {
    const { chooser } = setUp();
    await set({});
    assert.equal(await chooser.confirmed(weights().fsPath, 'ask'), undefined);
    await set({ base: right.base });
    const asked = await picking('none', async () => {
      assert.deepEqual(await chooser.models(weights().fsPath, 'ask'), right);
      assert.deepEqual(await chooser.remembered(weights().fsPath), right);
    });
    assert.deepEqual(asked, []);
  });

  it('is the base: only the aligned one is asked for where the adapter names none', async () => {
    const { chooser } = setUp();
    await set({ base: right.base });
    const asked = await picking('aligned', async () =>
      assert.deepEqual(await chooser.models(nameless.fsPath, 'ask'), right),
    );
    assert.deepEqual(asked, ['SPLoRA: Aligned Model']);
  });

  it('is the aligned one: only the base is asked for', async () => {
    const { chooser } = setUp();
    await set({ aligned: right.aligned });
    assert.equal(await chooser.aloneAligned(nameless.fsPath), right.aligned);
    const asked = await picking('base', async () =>
      assert.deepEqual(await chooser.models(nameless.fsPath, 'ask'), right),
    );
    assert.deepEqual(asked, ['SPLoRA: Unaligned Base Model']);
  });

  it('is asked for all the same where a person wants to choose, or the engine refused it', async () => {
    const { chooser } = setUp();
    await set({ base: right.base });
    const base = ['SPLoRA: Unaligned Base Model'];
    assert.deepEqual(await picking('none', () => chooser.choose(weights().fsPath)), base);
    await chooser.refused(weights().fsPath, right);
    assert.deepEqual(await picking('none', () => chooser.models(weights().fsPath, 'ask')), base);
  });
});

describe('Places of models', () => {
  it('are those of the adapter’s own workspace folder', () =>
    inTemporaryFolder(async (folder) => {
      const { memory } = setUp();
      const chat = path.join(folder, 'models', 'chat');
      const base = path.join(folder, 'hub', 'models--owner--base', 'snapshots', '0a1b');
      for (const place of [chat, base]) await mkdir(place, { recursive: true });
      await writeFile(path.join(base, 'model.safetensors'), '');
      const asked: unknown[] = [];
      const get = (key: string, scope?: vscode.Uri): unknown => {
        asked.push(key);
        if (scope?.fsPath !== weights().fsPath) return key === 'models.folders' ? [] : '';
        return key === 'models.folders' ? [path.join(folder, 'models')] : path.join(folder, 'hub');
      };
      const settings = { get } as unknown as Settings;
      const chooser = new ModelChooser(settings, memory, () => undefined);
      const given = { base: 'owner/base', aligned: 'chat' };
      assert.deepEqual(await chooser.resolve(weights().fsPath, given), { base, aligned: chat });
      assert.deepEqual(new Set(asked), new Set(['models.folders', 'models.huggingFaceCache']));
    }));

  it('are kept by repo id where they are in the cache, however they were given', () =>
    inTemporaryFolder(async (hub) => {
      const snapshot = async (name: string): Promise<string> => {
        const place = path.join(hub, `models--owner--${name}`, 'snapshots', '0a1b');
        await mkdir(place, { recursive: true });
        await writeFile(path.join(place, 'model.safetensors'), '');
        return place;
      };
      const pair = { base: await snapshot('base'), aligned: await snapshot('chat') };
      const get = (key: string): unknown => (key === 'models.folders' ? [] : hub);
      const kept: unknown[] = [];
      const memory = {
        remember: (folder: string, given: unknown) => Promise.resolve(void kept.push([folder, given])),
      } as unknown as ModelMemory;
      const chooser = new ModelChooser({ get } as unknown as Settings, memory, () => undefined);
      const folder = path.dirname(weights().fsPath);
      await chooser.keep(folder, pair);
      assert.deepEqual(kept, [[folder, { base: 'owner/base', aligned: 'owner/chat' }]]);
    }));
});
