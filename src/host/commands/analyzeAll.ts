import * as vscode from 'vscode';
import { formatError, SploraError, toErrorData } from '../../core/errors';
import type { AnalysisDocument } from '../../core/report/analysis';
import { adapterLabel, formatCount, errorText } from '../format';
import type { OptionsOf } from '../commandTable';
import { say } from '../../core/message';
import type { ModelPair } from '../settingDefinitions';
import { tryEach } from '../errors/tryEach';
import { withNotification } from '../windowText';
import { RunSource } from '../comparison/runSource';
import type { DoneEntry } from '../reports/doneReport';
import { inRunOrder } from '../reports/runReport';
import type { AdapterState } from '../state/types';
import { askScope } from './analyzeScope';
import { analyze, modelsFor, type AnalyzeOptions } from './analyze';
import { adaptersIn, type Invocation, pathsOf } from './call';
import type { Services } from '../services';

interface Target {
  readonly adapter: string;
  readonly label: string;
}

interface Task extends Target {
  readonly models: ModelPair;
}

interface Finished {
  readonly document: AnalysisDocument | null;
  readonly done: DoneEntry;
}

/**
 * Analyzes the adapters of the workspace, or of folders in it, one by one; a user is asked which. Ends with a page that compares
 * them, also after a cancel. @returns the results, in order of the run; undefined: the user canceled
 */
export async function analyzeAll(
  services: Services,
  call: Invocation<OptionsOf<'analyzeAll'>>,
): Promise<readonly AnalysisDocument[] | undefined> {
  const adapters = await chooseAdapters(services, call);
  if (adapters === undefined) return undefined;
  const targets = inRunOrder(adapters.map((adapter) => ({ adapter, label: adapterLabel(adapter) })));
  const { finished, isCanceled } = await analyzeTargets(services, call, targets);
  if (finished.length === 0) return undefined;
  const left = targets
    .slice(finished.length)
    .map(({ label }) => ({ label, outcome: 'canceled', seconds: 0 }) as const);
  const done = [...finished.map((one) => one.done), ...left];
  const shown = targets.map(({ adapter }) => adapter);
  services.surfaces.showComparison(new RunSource(services, shown, done));
  return isCanceled ? undefined : finished.flatMap(({ document }) => (document === null ? [] : [document]));
}

/** @throws SploraError `not-found`. Undefined: the user canceled */
async function chooseAdapters(
  services: Services,
  { caller, pointed }: Invocation<OptionsOf<'analyzeAll'>>,
): Promise<readonly string[] | undefined> {
  const looking = vscode.l10n.t('SPLoRA: looking for adapters');
  await withNotification(looking, () => services.library.refresh());
  const states = workspaceStates(services);
  const all = states.map(({ adapter }) => adapter);
  // The button in the title of the view hands over the row in focus: that of a run is the first choice.
  const folders = pathsOf(pointed.filter(({ isRow }) => !isRow));
  const adapters = adaptersIn(all, folders);
  if (adapters.length === 0) throw noAdapter(folders);
  if (caller === 'program' || folders.length > 0 || all.length === 1) return adapters;
  const row = pointed.find(({ isRow, path }) => isRow && !all.includes(path));
  const chosen = await askScope(states, row?.path);
  if (chosen?.length === 0) throw noAdapter([]);
  return chosen;
}

/** The store also knows adapters from elsewhere, and those of folders that were removed from the workspace. */
function workspaceStates({ store }: Services): readonly AdapterState[] {
  return store.adapters.filter(
    ({ adapter, isGone }) =>
      isGone !== true && vscode.workspace.getWorkspaceFolder(vscode.Uri.file(adapter)) !== undefined,
  );
}

function noAdapter(folders: readonly string[]): SploraError {
  return new SploraError({
    code: 'not-found',
    message:
      folders.length === 0
        ? say('No LoRA adapter was found in this workspace.')
        : say('No LoRA adapter in this workspace was found in {0}.', folders.join(', ')),
    advice: say('Open a folder with adapter_model.safetensors (PEFT) or adapters.safetensors (MLX).'),
  });
}

interface Outcome {
  readonly finished: readonly Finished[];
  readonly isCanceled: boolean;
}

/** Asks for all models first, so that nothing is asked after minutes of work. */
function analyzeTargets(
  services: Services,
  call: Invocation<OptionsOf<'analyzeAll'>>,
  targets: readonly Target[],
): Thenable<Outcome> {
  const title = vscode.l10n.t('SPLoRA: {0} adapters', formatCount(targets.length));
  return withNotification(title, async (line, signal) => {
    line.report(vscode.l10n.t('choosing models…'));
    const tasks: Task[] = [];
    for (const target of targets) {
      const models = signal.aborted ? undefined : await modelsFor(services, target.adapter, call);
      if (models === undefined) return { finished: [], isCanceled: true };
      tasks.push({ ...target, models });
    }
    return services.jobs.batch(async (batch) => {
      signal.addEventListener('abort', () => batch.abort());
      const finished: Finished[] = [];
      const run = async (task: Task, index: number): Promise<void> => {
        const place = [formatCount(index + 1), formatCount(tasks.length)] as const;
        const name = vscode.l10n.t('{0} ({1} of {2})', task.label, ...place);
        line.report(name, 100 / tasks.length);
        const notification = { report: (message: string) => line.report(`${name} ${message}`) };
        const force = call.options.force === true;
        finished.push(await analyzeTask(services, task, { force, notification, batch }));
      };
      await tryEach(tasks, run, batch.signal);
      return { finished, isCanceled: batch.signal.aborted };
    });
  });
}

/** @throws SploraError `cancelled` if the batch was canceled */
async function analyzeTask(
  services: Services,
  { adapter, label, models }: Task,
  how: AnalyzeOptions,
): Promise<Finished> {
  const begin = performance.now();
  const before = services.store.get(adapter)?.document;
  const seconds = (): number => (performance.now() - begin) / 1000;
  try {
    const document = await analyze(services, adapter, models, how);
    const outcome = document === before ? 'unchanged' : 'analyzed';
    return { document, done: { label, outcome, seconds: seconds() } };
  } catch (thrown) {
    if (how.batch?.signal.aborted === true) throw thrown;
    // The report shows the scores of the others, and what is wrong with this one.
    const error = toErrorData(thrown);
    services.log.error(`${adapter}: ${formatError(error)}`);
    const reason =
      error.code === 'cancelled'
        ? vscode.l10n.t('Replaced by an analysis with other models or options.')
        : errorText(error);
    return { document: null, done: { label, outcome: 'failed', seconds: seconds(), reason } };
  }
}
