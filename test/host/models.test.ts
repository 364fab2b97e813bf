import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { ModelChooser } from '../../src/host/models/modelChooser';
import { canSaveModels } from '../../src/host/models/modelChooser';
import { Settings } from '../../src/host/settings';
import type { ModelPair } from '../../src/host/settingDefinitions';
import { memento } from '../support/memento';
import { itInFolder } from '../support/temporaryFolder';
import { BENIGN, models, quickPickStub, uri, weights, withStubs, type AskedList } from './support';

const { Global, Workspace, WorkspaceFolder } = vscode.ConfigurationTarget;
const adapter = weights().fsPath;
const right = models();
const wrong = { base: right.aligned, aligned: right.base };
/** Its config names no model. */
const nameless = uri('nameless', 'adapter_model.safetensors').fsPath;

const BASE = 'SPLoRA: Unaligned Base Model';
const ALIGNED = 'SPLoRA: Aligned Model';
const DOUBT = 'doubt';

function chooser(memory = memento(), settings?: unknown): { chooser: ModelChooser; warned: string[] } {
  const warned: string[] = [];
  const log = vscode.window.createOutputChannel('SPLoRA test', { log: true });
  const real = (settings ?? new Settings(log)) as Settings;
  return { chooser: new ModelChooser(real, memory, (text) => warned.push(text)), warned };
}

/** Answers every list with the row of that label and every doubt with that button, else cancels. @returns what was asked */
async function answering(
  answers: { readonly row?: string; readonly doubt?: 'Swap' | 'Use Anyway' },
  work: () => Promise<unknown>,
): Promise<readonly string[]> {
  const asked: string[] = [];
  const stubs = {
    createQuickPick: quickPickStub(({ title }) => {
      asked.push(title);
      return answers.row;
    }),
    showWarningMessage: (_text: string, _options: unknown, ...buttons: string[]) => {
      asked.push(DOUBT);
      return Promise.resolve(buttons.find((button) => button === answers.doubt));
    },
  };
  await withStubs(vscode.window, stubs, work);
  return asked;
}

/** Answers lists with these rows in turn, then cancels. @returns the lists */
async function inTurn(rows: readonly string[], work: () => Promise<unknown>): Promise<readonly AskedList[]> {
  const lists: AskedList[] = [];
  const createQuickPick = quickPickStub((list) => rows[lists.push(list) - 1]);
  await withStubs(vscode.window, { createQuickPick }, work);
  return lists;
}

const configuration = (): vscode.WorkspaceConfiguration =>
  vscode.workspace.getConfiguration('splora', weights());
const inFolder = (): unknown => configuration().inspect('models.byAdapter')?.workspaceFolderValue;
const setByAdapter = (value: unknown): Thenable<void> =>
  configuration().update('models.byAdapter', value, WorkspaceFolder);

async function set(pair: Partial<ModelPair>): Promise<void> {
  await configuration().update('models.base', pair.base, Workspace);
  await configuration().update('models.aligned', pair.aligned, Workspace);
  await setByAdapter(undefined);
}

describe('Choosing models', () => {
  let byAdapter: unknown;
  before(async () => {
    byAdapter = inFolder();
    await vscode.workspace.fs.writeFile(uri('nameless', 'adapter_config.json'), Buffer.from('{}'));
  });
  beforeEach(() => set({}));
  after(async () => {
    await set({});
    await setByAdapter(byAdapter);
    await vscode.workspace.fs.delete(uri('nameless'), { recursive: true });
  });

  describe('an answer', () => {
    it('holds for all adapters of the same aligned model, and is not written to the settings', async () => {
      const { chooser: one } = chooser();
      const asked = await answering({ row: 'base' }, async () => {
        assert.deepEqual(await one.models(adapter, 'user'), right);
        assert.deepEqual(await one.models(weights(BENIGN).fsPath, 'user'), right);
        assert.equal(await one.models(nameless, 'user'), undefined);
      });
      assert.deepEqual(asked, [BASE, ALIGNED, BASE]);
      assert.equal(inFolder(), undefined);
    });

    it('is remembered in the workspace, and holds until the settings change', async () => {
      const memory = memento();
      await chooser(memory).chooser.keep(adapter, right);
      const { chooser: later } = chooser(memory);
      assert.deepEqual((await later.known(adapter)).pair, right);
      await setByAdapter({ '.': { base: 'aligned', aligned: 'aligned' } });
      assert.equal((await later.known(adapter)).pair?.base, right.aligned);
      await later.keep(adapter, right);
      assert.deepEqual((await later.known(adapter)).pair, right, 'chosen after the settings');
    });

    it('of an adapter that names no model is its own', async () => {
      const { chooser: one } = chooser();
      await one.keep(nameless, right);
      assert.deepEqual((await one.known(nameless)).pair, right);
      assert.equal((await one.known(adapter)).pair, undefined);
    });

    it('is saved to the settings on request; other entries stay as they are', async () => {
      const { chooser: one } = chooser();
      const saved = { 'adapter-mixed': right, typo: { base: 'base', alinged: 'aligned' } };
      const benign = weights(BENIGN).fsPath;
      await setByAdapter(saved);
      assert.deepEqual((await one.known(adapter)).pair, right, 'a typo in one entry does not affect others');
      await one.save(benign, right);
      assert.deepEqual(inFolder(), { ...saved, 'adapter-benign': { base: 'base', aligned: 'aligned' } });
      await one.save(benign, wrong);
      assert.deepEqual(await answering({}, () => one.models(benign, 'user')), [], 'it is confirmed');
    });

    it('is saved without the entries of the user’s own settings', async () => {
      const { chooser: one } = chooser();
      await configuration().update('models.byAdapter', { 'adapter-mixed': right }, Global);
      try {
        assert.deepEqual((await one.known(adapter)).pair, right);
        await one.save(weights(BENIGN).fsPath, right);
        assert.deepEqual(inFolder(), { 'adapter-benign': { base: 'base', aligned: 'aligned' } });
      } finally {
        await configuration().update('models.byAdapter', undefined, Global);
      }
    });

    it('cannot be saved for an adapter outside the workspace', () => {
      assert.equal(canSaveModels(adapter), true);
      assert.equal(canSaveModels('/elsewhere/adapter_model.safetensors'), false);
    });

    it('is asked for again if the engine refused it, also if it came from the settings', async () => {
      const { chooser: one } = chooser();
      await one.keep(adapter, right);
      await one.refused(adapter, right);
      assert.equal((await one.known(adapter)).pair, undefined);
      await set(right);
      assert.deepEqual(await answering({}, () => one.models(adapter, 'user')), [BASE]);
      assert.deepEqual(await one.models(adapter, 'program'), right);
      assert.deepEqual(await answering({ row: 'base' }, () => one.models(adapter, 'user')), [BASE]);
      assert.deepEqual(await answering({}, () => one.models(adapter, 'user')), [], 'chosen again');
    });
  });

  describe('models that look swapped', () => {
    it('are used as a program gives them, with one warning', async () => {
      const { chooser: one, warned } = chooser();
      assert.deepEqual(await one.given(adapter, right), right);
      assert.deepEqual(warned, []);
      const asked = await answering({}, async () => {
        assert.deepEqual(await one.given(adapter, wrong), wrong);
        assert.deepEqual(await one.given(adapter, wrong), wrong);
      });
      assert.deepEqual(asked, []);
      assert.deepEqual(warned, ['The adapter names aligned as its aligned model, not as its base.']);
    });

    it('are warned about if a program takes them from the settings', async () => {
      const { chooser: one, warned } = chooser();
      await set(wrong);
      assert.deepEqual(await one.models(adapter, 'program'), wrong);
      assert.equal(warned.length, 1);
    });

    it('are asked about once if they are used as chosen', async () => {
      const { chooser: one, warned } = chooser();
      await set(wrong);
      const asked = await answering({ doubt: 'Use Anyway' }, async () => {
        assert.deepEqual(await one.models(adapter, 'user'), wrong);
        assert.deepEqual(await one.models(adapter, 'user'), wrong);
      });
      assert.deepEqual(asked, [DOUBT]);
      await one.given(adapter, wrong);
      assert.deepEqual(warned, []);
    });

    it('are swapped on request, and stay swapped', async () => {
      const { chooser: one } = chooser();
      await set(wrong);
      const asked = await answering({ doubt: 'Swap' }, async () => {
        assert.deepEqual(await one.models(adapter, 'user'), right);
        assert.deepEqual(await one.models(adapter, 'user'), right);
      });
      assert.deepEqual(asked, [DOUBT]);
      assert.equal(configuration().get('models.base'), wrong.base);
    });

    it('can be chosen again; what only shows something does not ask', async () => {
      const { chooser: one } = chooser();
      await set(wrong);
      const asked = await answering({}, async () => {
        assert.equal(await one.models(adapter, 'user'), undefined);
        assert.deepEqual((await one.known(adapter)).pair, wrong);
      });
      assert.deepEqual(asked, [DOUBT, BASE]);
    });
  });

  describe('one model alone in the settings', () => {
    it('is the base: the aligned model is the one that the adapter names', async () => {
      const { chooser: one } = chooser();
      await set({ base: right.base });
      const asked = await answering({}, async () =>
        assert.deepEqual(await one.models(adapter, 'user'), right),
      );
      assert.deepEqual(asked, []);
    });

    it('is the base: only the aligned model is asked for if the adapter names none', async () => {
      const { chooser: one } = chooser();
      await set({ base: right.base });
      const asked = await answering({ row: 'aligned' }, async () =>
        assert.deepEqual(await one.models(nameless, 'user'), right),
      );
      assert.deepEqual(asked, [ALIGNED]);
    });

    it('is the aligned model: only the base is asked for', async () => {
      const { chooser: one } = chooser();
      await set({ aligned: right.aligned });
      assert.equal((await one.known(nameless)).aligned, right.aligned);
      const asked = await answering({ row: 'base' }, async () =>
        assert.deepEqual(await one.models(nameless, 'user'), right),
      );
      assert.deepEqual(asked, [BASE]);
    });

    it('is asked for anyway by Choose Models, or after the engine refused it', async () => {
      const { chooser: one } = chooser();
      await set({ base: right.base });
      assert.deepEqual(await answering({}, () => one.choose(adapter)), [ALIGNED]);
      await one.refused(adapter, right);
      assert.deepEqual(await answering({}, () => one.models(adapter, 'user')), [BASE]);
    });
  });

  describe('the steps', () => {
    it('lead back, and mark what is chosen now', async () => {
      const { chooser: one } = chooser();
      await one.keep(adapter, right);
      const lists = await inTurn(['aligned', 'back', 'aligned', 'base'], async () =>
        assert.deepEqual(await one.choose(adapter), right),
      );
      const shown = lists.map(({ title, step, totalSteps, active }) => [title, step, totalSteps, active]);
      const [first, second] = [
        [ALIGNED, 1, 2, '$(check) aligned'],
        [BASE, 2, 2, '$(check) base'],
      ];
      assert.deepEqual(shown, [first, second, first, second]);
      assert.ok(lists[0]?.details.includes('aligned'), 'paths start from the workspace folder');
    });

    it('preselect no guess: Enter takes a base only after the user chose a row', async () => {
      const { chooser: one } = chooser();
      const [list] = await inTurn([], () => one.models(adapter, 'user'));
      assert.equal(list?.active, undefined);
      assert.equal(list?.labels[0], 'base');
      assert.equal(list.step, 2);
    });

    it('say which model is not here and how to get it, and look again', async () => {
      const { chooser: one } = chooser();
      const name = 'owner/chat-instruct';
      await vscode.workspace.fs.writeFile(
        uri('nameless', 'adapter_config.json'),
        Buffer.from(JSON.stringify({ base_model_name_or_path: name })),
      );
      try {
        const lists = await inTurn(['Look Again'], () => one.models(nameless, 'user'));
        assert.equal(lists.length, 2);
        assert.deepEqual(lists[0]?.labels.slice(0, 5), [
          `$(warning) ${name} is not on this machine`,
          '$(copy) Copy Download Command',
          '$(folder-opened) Browse…',
          '$(refresh) Look Again',
          'on this machine',
        ]);
        assert.equal(lists[0].active, undefined);
        assert.equal(lists[0].descriptions[1], `hf download ${name}`);
      } finally {
        await vscode.workspace.fs.writeFile(uri('nameless', 'adapter_config.json'), Buffer.from('{}'));
      }
    });
  });

  describe('places of models', () => {
    /** Settings that look for models in `folder`/models and the cache in `folder`/hub. */
    const settingsOf = (folder: string): unknown => ({
      get: (key: string, scope?: vscode.Uri) => {
        assert.equal(scope?.fsPath, adapter, 'of the workspace folder of the adapter');
        if (key === 'models.byAdapter') return {};
        if (key === 'models.folders') return [path.join(folder, 'models')];
        return key === 'models.huggingFaceCache' ? path.join(folder, 'hub') : '';
      },
    });
    const modelAt = async (...parts: readonly string[]): Promise<string> => {
      const place = path.join(...parts);
      await mkdir(place, { recursive: true });
      await writeFile(path.join(place, 'model.safetensors'), '');
      return place;
    };

    itInFolder('are those that the settings of its workspace folder name', async (folder) => {
      const aligned = await modelAt(folder, 'models', 'chat');
      const base = await modelAt(folder, 'hub', 'models--owner--base', 'snapshots', '0a1b');
      const { chooser: one } = chooser(memento(), settingsOf(folder));
      const given = { base: 'owner/base', aligned: 'chat' };
      assert.deepEqual(await one.given(adapter, given), { base, aligned });
    });

    itInFolder('a model in the cache is kept by its repo id', async (folder) => {
      const base = await modelAt(folder, 'hub', 'models--owner--base', 'snapshots', '0a1b');
      const aligned = await modelAt(folder, 'models', 'chat');
      const memory = memento();
      await chooser(memory, settingsOf(folder)).chooser.keep(adapter, { base, aligned });
      const [key = ''] = memory.keys();
      assert.deepEqual(memory.get(key), { base: 'owner/base', aligned });
    });
  });
});
