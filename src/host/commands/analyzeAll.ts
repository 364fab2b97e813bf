import * as vscode from 'vscode';
import { formatError, SploraError, toErrorData } from '../../core/errors';
import type { AnalysisDocument } from '../../core/report/analysis';
import { adapterLabel, formatCount, translate } from '../format';
import { COMMANDS } from '../ids';
import type { ModelPair } from '../settingDefinitions';
import { withNotification } from '../windowText';
import { analyzeOrThrow, modelsFor, type AnalyzeOptions } from './analyze';
import { errorText } from '../messageText';
import { checkOptions } from './options';
import type { CommandRegistry } from './register';
import type { ReportDocuments } from './reportDocuments';
import { inRunOrder, runReport, type RunEntry } from './runReport';
import { adaptersIn, runCall, type RunCall } from './runTargets';
import type { Services } from './services';
import type { CommandArguments } from './targets';
import { say } from '../../core/message';

export function registerAnalyzeAll(
  registry: CommandRegistry,
  services: Services,
  reports: ReportDocuments,
): void {
  registry.add(COMMANDS.analyzeAll, { needsTrust: true }, (args) => analyzeAll(services, reports, args));
}

interface Task {
  readonly adapter: string;
  readonly label: string;
  readonly models: ModelPair;
}

/**
 * Analyzes every adapter of the workspace, or of the folders in it that a caller names, one after the other. Options of a
 * caller: `{base, aligned, force}`. @returns the results, in the order of the run
 */
async function analyzeAll(
  services: Services,
  reports: ReportDocuments,
  args: CommandArguments,
): Promise<readonly AnalysisDocument[] | undefined> {
  const call = runCall(args);
  checkOptions(call.options, ['base', 'aligned', 'force', 'models']);
  await services.library.refresh();
  const adapters = adaptersIn(workspaceAdapters(services), call.folders);
  if (adapters.length === 0) throw noAdapter(call.folders);
  const labelled = adapters.map((adapter) => ({ adapter, label: adapterLabel(adapter) }));
  const tasks = await withModels(services, inRunOrder(labelled), call);
  if (tasks === undefined) return undefined;
  const entries = await runTasks(services, tasks, call.options?.['force'] === true);
  const [first] = tasks;
  if (first === undefined || entries === undefined) return undefined;
  const { rankBy } = services.settings.selection(vscode.Uri.file(first.adapter));
  const title = vscode.l10n.t('Adapters side by side');
  await reports.show(title, runReport(entries, rankBy, translate));
  return entries.flatMap(({ document }) => (document === null ? [] : [document]));
}

/** The store also knows adapters that were opened from elsewhere, and those of folders that left the workspace. */
function workspaceAdapters({ store }: Services): readonly string[] {
  return store.adapters
    .map(({ adapter }) => adapter)
    .filter((adapter) => vscode.workspace.getWorkspaceFolder(vscode.Uri.file(adapter)) !== undefined);
}

function noAdapter(folders: readonly string[]): SploraError {
  return new SploraError({
    code: 'not-found',
    message:
      folders.length === 0
        ? say('There is no LoRA adapter in this workspace.')
        : say('There is no LoRA adapter of this workspace in {0}.', folders.join(', ')),
    advice: say('Open a folder with adapter_model.safetensors (PEFT) or adapters.safetensors (MLX).'),
  });
}

/**
 * With the models that a caller gave, or those that were or now are chosen: an answer holds for all adapters of the same
 * aligned model. Undefined: the user canceled.
 * @throws SploraError as `modelsFor`
 */
async function withModels(
  services: Services,
  adapters: readonly { readonly adapter: string; readonly label: string }[],
  call: RunCall,
): Promise<readonly Task[] | undefined> {
  const tasks: Task[] = [];
  for (const { adapter, label } of adapters) {
    const models = await modelsFor(services, adapter, call.forAdapter(adapter));
    if (models === undefined) return undefined;
    tasks.push({ adapter, label, models });
  }
  return tasks;
}

async function runTasks(
  services: Services,
  tasks: readonly Task[],
  force: boolean,
): Promise<readonly RunEntry[] | undefined> {
  const run = (batch: AbortController): Thenable<readonly RunEntry[] | undefined> =>
    withNotification(undefined, async (line, signal) => {
      signal.addEventListener('abort', () => batch.abort());
      const entries: RunEntry[] = [];
      for (const [index, task] of tasks.entries()) {
        const title = vscode.l10n.t(
          'SPLoRA: {0} ({1} of {2})',
          task.label,
          formatCount(index + 1),
          formatCount(tasks.length),
        );
        line.report(title);
        const notification = { report: (message: string) => line.report(`${title} ${message}`) };
        entries.push(await runTask(services, task, { force, notification, batch }));
        if (batch.signal.aborted) return undefined;
      }
      return entries;
    });
  return services.runner.batch(run);
}

async function runTask(services: Services, task: Task, how: AnalyzeOptions): Promise<RunEntry> {
  try {
    const document = await analyzeOrThrow(services, task.adapter, task.models, how);
    const { verdicts = [], selection = null } = services.store.get(task.adapter) ?? {};
    return { label: task.label, document, verdicts, selection, failure: null };
  } catch (thrown) {
    // One broken checkpoint must not hide the scores of the others: the report names it.
    const error = toErrorData(thrown);
    services.log.error(`${task.adapter}: ${formatError(error)}`);
    // Who cancels ends the run, and sees no report: this one was taken over.
    const failure =
      error.code === 'cancelled'
        ? vscode.l10n.t('Its analysis ended for one with other models or options.')
        : errorText(error);
    return { label: task.label, document: null, verdicts: [], selection: null, failure };
  }
}
