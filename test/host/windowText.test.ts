import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { StatusBar } from '../../src/host/status/statusBar';
import {
  askText,
  createLog,
  pickRow,
  pickRows,
  showMessage,
  showStatus,
  StepPicker,
  withNotification,
} from '../../src/host/windowText';
import { adapterStore } from '../support/adapterStore';
import { analysisOf, HOSTILE_NAME, scored } from '../support/analysisDocument';
import { quickPickStub, withStubs } from './support';

const NAME = `[run](command:workbench.action.showCommands)${HOSTILE_NAME}`;

/** Every text that reached VS Code's window while `work` ran; lists are answered by their first row. */
async function shownBy(work: () => unknown): Promise<string[]> {
  const shown: string[] = [];
  const keep = (value: unknown): void => {
    if (typeof value === 'string') shown.push(value);
    else if (Array.isArray(value)) value.forEach(keep);
    else if (typeof value === 'object' && value !== null) {
      const { row: _ours, ...rest } = value as Readonly<Record<string, unknown>>;
      Object.values(rest).forEach(keep);
    }
  };
  const record = (...args: readonly unknown[]): Promise<undefined> => {
    keep(args);
    return Promise.resolve(undefined);
  };
  const item = new Proxy(
    {},
    {
      // A command's arguments are for programs.
      set: (_item, key, value) => {
        if (key !== 'command') keep(value);
        return true;
      },
      get: () => () => undefined,
    },
  );
  const stubs = {
    showErrorMessage: record,
    showWarningMessage: record,
    showInformationMessage: record,
    setStatusBarMessage: record,
    createStatusBarItem: () => item,
    createOutputChannel: () => ({ info: record, warn: record, error: record }),
    withProgress: (options: unknown, work: (progress: unknown, token: unknown) => unknown) => {
      keep(options);
      return work({ report: keep }, { onCancellationRequested: () => undefined });
    },
    showQuickPick: (rows: readonly unknown[], options: { canPickMany?: boolean }) => {
      keep([rows, options]);
      return Promise.resolve(options.canPickMany === true ? rows : rows[0]);
    },
    createQuickPick: quickPickStub((list) => {
      keep(list);
      return undefined;
    }),
    showInputBox: (options: { validateInput: (typed: string) => unknown }) => {
      keep([options, options.validateInput('x')]);
      return Promise.resolve(undefined);
    },
  };
  await withStubs(vscode.window, stubs, work);
  return shown;
}

function assertPlain(shown: readonly string[], count: number): void {
  assert.equal(shown.filter((text) => text.includes('cmd')).length, count, JSON.stringify(shown));
  for (const text of shown) {
    assert.doesNotMatch(text, /\]\(|\$\(flame/);
    assert.doesNotMatch(text.replaceAll('\n', ''), /[\p{Cc}\p{Cf}\p{DI}]/u);
  }
}

describe('Names that VS Code would read as links, icons or control characters', () => {
  it('are plain in messages, their details and buttons', async () => {
    for (const severity of ['Error', 'Warning', 'Information'] as const)
      assertPlain(await shownBy(() => showMessage(severity, NAME, [NAME], NAME)), 3);
  });

  it('are plain in progress', async () => {
    const work = (): PromiseLike<unknown> =>
      withNotification(NAME, ({ report }) => {
        report(NAME, 1);
        return Promise.resolve();
      });
    assertPlain(await shownBy(work), 2);
  });

  it('are plain in lists, which give back what was picked', async () => {
    const row = { icon: 'folder-opened', label: NAME, description: NAME, detail: NAME };
    const options = { title: NAME, placeHolder: NAME };
    const shown = await shownBy(async () => assert.equal(await pickRow([row], options), row));
    assertPlain(shown, 5);
    assert.ok(shown.some((text) => text.startsWith('$(folder-opened) [run] (command:')));
    assertPlain(await shownBy(async () => assert.deepEqual(await pickRows([row], options), [row])), 5);
  });

  it('are plain in a list of steps', async () => {
    const row = { icon: 'folder-opened', label: NAME, description: NAME, detail: NAME };
    const work = (): Promise<unknown> => new StepPicker().pick([row], { title: NAME, placeHolder: NAME });
    assertPlain(await shownBy(work), 5);
  });

  it('are plain in an input box', async () => {
    assertPlain(await shownBy(() => askText({ prompt: NAME, value: '1', validateInput: () => NAME })), 2);
  });

  it('are plain in the status bar and its tooltip', async () => {
    const adapter = `/somewhere/${NAME.replaceAll('/', '|')}/adapter_model.safetensors`;
    const store = adapterStore();
    const shown = await shownBy(() => {
      showStatus(NAME, 1);
      store.setDocument(adapter, analysisOf([scored(NAME)], { adapter }));
      store.setActive(adapter);
      new StatusBar(store).dispose();
    });
    assertPlain(shown, 2);
    assert.ok(shown.some((text) => text.startsWith('SPLoRA: ') && text.split('\n').length === 2));
  });

  it('are visible in the log', async () => {
    const shown = await shownBy(() => createLog('SPLoRA').warn(NAME));
    assert.equal(shown.at(-1)?.split('\n').length, 2);
    assert.doesNotMatch(shown.join('').replaceAll('\n', ''), /[\p{Cc}\p{Cf}\p{DI}]/u);
  });
});
