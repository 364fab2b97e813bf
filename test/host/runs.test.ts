import assert from 'node:assert/strict';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { SploraError } from '../../src/core/errors';
import { say } from '../../src/core/message';
import type { AnalysisDocument } from '../../src/core/report/analysis';
import { ButtonCall, parseCall } from '../../src/host/commands/call';
import { showFailures } from '../../src/host/errors/showError';
import { onAdapter, runHandler } from '../../src/host/commands/handlers';
import type { Log } from '../../src/host/log';
import type { Services } from '../../src/host/services';
import { SaveWatch } from '../../src/host/state/saveWatch';
import { analyze, type AnalyzeOptions } from '../../src/host/commands/analyze';
import { Jobs } from '../../src/host/engine/jobs';
import type { ModelPair } from '../../src/host/settingDefinitions';
import { COMMANDS } from '../../src/host/ids';
import { panelActions } from '../../src/host/panel/actions';
import type { AnalyzeRequest } from '../../src/protocol/engineApi';
import type { CallOptions } from '../../src/rpc/channel';
import { writeLarge } from '../support/largeModels';
import { analysisOf, scored } from '../support/analysisDocument';
import { collectingLog } from '../support/log';
import { itInFolder } from '../support/temporaryFolder';
import { BENIGN, eventually, models, refused, run, uri, weights, withStubs } from './support';

const adapter = weights().fsPath;
const options = analysisOf([scored('a')]).options;

/** Runs analyses of `adapter` with these services. */
function runnerOf(parts: { readonly log: Log } & Readonly<Record<'engine' | 'store' | 'library', object>>) {
  const jobs = new Jobs<AnalysisDocument>((key) => parts.log.info(key));
  const settings = { get: () => 'auto' };
  const readings = { optionsOf: () => options };
  const saveWatch = new SaveWatch();
  const services = { ...parts, jobs, settings, readings, saveWatch } as unknown as Services;
  const run = (models: ModelPair, how: AnalyzeOptions): Promise<AnalysisDocument> =>
    analyze(services, adapter, models, { force: true, ...how });
  return { jobs, analyze: run };
}

/** The commands that `work` runs, which do nothing. */
async function calledCommands(work: () => unknown): Promise<readonly (readonly unknown[])[]> {
  const calls: (readonly unknown[])[] = [];
  const executeCommand = (...args: readonly unknown[]): Promise<void> =>
    Promise.resolve(void calls.push(args));
  await withStubs(vscode.commands, { executeCommand }, work);
  return calls;
}

describe('Buttons that analyze again', () => {
  it('of the panel are pressed by a user, who can be asked about models', async () => {
    const actions = panelActions({} as Services);
    const [call] = await calledCommands(() => actions.analyze(adapter));
    const [command, ...args] = call ?? [];
    assert.equal(command, COMMANDS.analyze);
    assert.deepEqual(parseCall(args, undefined), new ButtonCall(adapter, { force: true }));
  });

  it('of the message about a crash run the same command again', async () => {
    const found: string[] = [];
    const crashed = new SploraError({ code: 'process-crashed', message: say('gone') });
    const showErrorMessage = () => Promise.resolve(found.length > 1 ? undefined : 'Try Again');
    const library = { open: () => Promise.resolve() };
    const services = { library, log: collectingLog().log } as unknown as Services;
    const handler = onAdapter<object>({ title: '' }, (_, target, { caller, options }) => {
      found.push(`${caller} ${target} ${JSON.stringify(options)}`);
      throw crashed;
    });
    const execute = (...args: readonly unknown[]) => runHandler(services, 'writePruned', args, handler);
    await withStubs(vscode.window, { showErrorMessage }, async () => {
      await execute(new ButtonCall(adapter, { mode: 'zero' }));
      await eventually('the second run', () => found[1]);
      assert.deepEqual(new Set(found), new Set([`user ${adapter} {"mode":"zero"}`]));
      await assert.rejects(() => execute(weights()), /gone/, 'a program gets the error');
    });
  });
});

describe('Analyses of one adapter', () => {
  it('with other models end the one under way, and the result is of these models', async () => {
    const requests: AnalyzeRequest[] = [];
    const shown: string[] = [];
    const { log, lines } = collectingLog();
    const engine = {
      // The first goes on until it is cancelled.
      call: (_method: 'analyze', request: AnalyzeRequest, { signal }: CallOptions<never>) =>
        new Promise((resolve, reject) => {
          requests.push(request);
          signal?.addEventListener('abort', () =>
            reject(new SploraError({ code: 'cancelled', message: say('cancelled') })),
          );
          if (requests.length > 1) resolve(analysisOf([scored('a')], { base: request.base }));
        }),
    };
    const ignore = (): void => undefined;
    const store = { get: ignore, setProgress: ignore, setActive: ignore, setIdle: () => shown.push('idle') };
    const library = {
      accept: (_kind: unknown, { base }: { base: string }) => Promise.resolve(void shown.push(base)),
    };
    const runner = runnerOf({ engine, store, library, log });
    const notification = { report: ignore };
    const wrong = { ...models(), base: '/wrong' };
    const first = runner.analyze(wrong, { notification });
    const joined = runner.analyze(wrong, { notification });
    const ended = Promise.all([first, joined].map((run) => assert.rejects(run, /cancelled/)));
    await eventually('the first run', () => requests[0]);
    const document = await runner.analyze(models(), { notification });
    await ended;
    assert.equal(document.base, models().base);
    assert.deepEqual(
      requests.map(({ base }) => base),
      ['/wrong', models().base],
    );
    assert.deepEqual(shown, ['idle', models().base]);
    assert.equal(lines.length, 1);
    assert.deepEqual(runner.jobs.keys, []);
  });
});

describe('The notification of an analysis', () => {
  /** Notifications as the runner opens them, in order; each can be cancelled. */
  async function withNotifications(work: (opened: vscode.CancellationTokenSource[]) => Promise<void>) {
    const opened: vscode.CancellationTokenSource[] = [];
    type Task = (progress: { report(): void }, token: vscode.CancellationToken) => unknown;
    const withProgress = (_options: unknown, task: Task): unknown => {
      const source = new vscode.CancellationTokenSource();
      opened.push(source);
      return task({ report: () => undefined }, source.token);
    };
    await withStubs(vscode.window, { withProgress }, () => work(opened));
  }

  /** Analyses that end when they are cancelled, or when they are told to. */
  function pendingRuns() {
    const ends: (() => void)[] = [];
    const engine = {
      call: (_method: 'analyze', request: AnalyzeRequest, { signal }: CallOptions<never>) =>
        new Promise((resolve, reject) => {
          ends.push(() => resolve(analysisOf([scored('a')], { base: request.base })));
          signal?.addEventListener('abort', () =>
            reject(new SploraError({ code: 'cancelled', message: say('cancelled') })),
          );
        }),
    };
    const ignore = (): void => undefined;
    const store = { get: ignore, setProgress: ignore, setActive: ignore, setIdle: ignore };
    const library = { accept: () => Promise.resolve() };
    return { runner: runnerOf({ engine, store, library, log: collectingLog().log }), ends };
  }

  it('cancels its analysis, for all who wait for it', () =>
    withNotifications(async (opened) => {
      const { runner } = pendingRuns();
      const waiting = [1, 2].map(() => runner.analyze(models(), {}));
      const ended = Promise.all(waiting.map((run) => assert.rejects(run, /cancelled/)));
      (await eventually('a notification', () => opened[0])).cancel();
      await ended;
      assert.equal(opened.length, 1);
    }));

  it('of one that was replaced leaves the one in its place alone', () =>
    withNotifications(async (opened) => {
      const { runner, ends } = pendingRuns();
      const first = runner.analyze({ ...models(), base: '/wrong' }, {});
      const replaced = assert.rejects(first, /cancelled/);
      await eventually('a notification', () => opened[0]);
      const second = runner.analyze(models(), {});
      await replaced;
      await eventually('a second notification', () => opened[1]);
      opened[0]?.cancel();
      ends[1]?.();
      assert.equal((await second).base, models().base);
    }));
});

describe('Analyze Adapter of several that are selected', () => {
  it('continues with the others if one is no adapter or cannot be analyzed', async () => {
    const broken = uri('adapter-broken');
    await vscode.workspace.fs.copy(uri(BENIGN), broken);
    const cut = vscode.Uri.joinPath(broken, 'adapter_model.safetensors');
    await vscode.workspace.fs.writeFile(cut, Buffer.from('cut off'));
    const selected = [uri('base'), cut, weights(BENIGN)];
    const document = await run<AnalysisDocument>(COMMANDS.analyze, selected[0], selected, models());
    assert.equal(document?.adapter, weights(BENIGN).fsPath);
    await vscode.workspace.fs.delete(broken, { recursive: true });
  });

  it('tells in one message which failed, and in none where all went well', async () => {
    const messages: string[] = [];
    const showErrorMessage = (message: string) => Promise.resolve(void messages.push(message));
    const { log, lines } = collectingLog();
    const failure = (item: string) => ({
      item: uri(item).fsPath,
      thrown: new SploraError({ code: 'not-found', message: say('no {0}', item) }),
    });
    await withStubs(vscode.window, { showErrorMessage }, () => {
      showFailures(log as vscode.LogOutputChannel, [], 2);
      showFailures(log as vscode.LogOutputChannel, [failure('one'), failure('two')], 3);
    });
    assert.equal(messages.length, 1);
    assert.match(messages[0] ?? '', /2.*3.*one: no one.*two: no two/);
    assert.equal(lines.length, 2);
  });
});

describe('Analyze All Adapters in Workspace', () => {
  const adaptersOf = async (...args: readonly unknown[]): Promise<readonly string[]> =>
    ((await run<AnalysisDocument[]>(COMMANDS.analyzeAll, ...args)) ?? []).map((document) => document.adapter);

  itInFolder('takes models from a caller, and leaves out what was opened from elsewhere', async (folder) => {
    const outside = vscode.Uri.file(path.join(folder, 'adapter-outside'));
    await vscode.workspace.fs.copy(uri(BENIGN), outside);
    const opened = await run<AnalysisDocument>(COMMANDS.analyze, outside, models());
    assert.equal(opened?.adapter, path.join(outside.fsPath, 'adapter_model.safetensors'));
    const all = await adaptersOf(models());
    assert.ok(all.includes(adapter) && all.includes(weights(BENIGN).fsPath));
    assert.ok(!all.includes(opened.adapter));
  });

  it('ends as a whole when it is cancelled', async () => {
    const folder = uri('long-run');
    await writeLarge(folder.fsPath, { blocks: 9, size: 4096 });
    const [first, second] = ['adapter', 'later'].map((name) => vscode.Uri.joinPath(folder, name));
    assert.ok(first !== undefined && second !== undefined);
    await vscode.workspace.fs.copy(first, second);
    const [base, aligned] = ['base', 'aligned'].map((name) => vscode.Uri.joinPath(folder, name).fsPath);
    // The button of the view's title hands over one undefined, that of a row the row.
    const row = { adapter: path.join(first.fsPath, 'adapter_model.safetensors') };
    const all = () => run(COMMANDS.analyzeAll, folder, { base, aligned });
    const selected = () => run(COMMANDS.analyze, first, [first, second], { base, aligned });
    for (const [begin, button] of [
      [all, [undefined]],
      [all, [row]],
      [selected, [row]],
    ] as const) {
      const pending = begin();
      await eventually('a run to cancel', async () => (await run<number>(COMMANDS.cancel, ...button)) === 1);
      assert.equal(await pending, undefined);
      assert.equal(await run(COMMANDS.cancel), 0, 'the next adapter is not begun');
    }
    await vscode.workspace.fs.delete(folder, { recursive: true });
  });

  it('is about the folders that a caller names', async () => {
    assert.deepEqual(await adaptersOf(uri(BENIGN), models()), [weights(BENIGN).fsPath]);
    await refused('not-found', COMMANDS.analyzeAll, uri('base'), models());
    await refused('bad-request', COMMANDS.analyzeAll, { base: models().base });
  });
});
