import * as vscode from 'vscode';
import { formatError, SploraError, toErrorData } from '../../core/errors';
import type { AnalysisDocument } from '../../core/report/analysis';
import { adapterLabel, formatCount, translate } from '../format';
import { COMMANDS } from '../ids';
import type { ModelPair } from '../settingDefinitions';
import { analyzeOne, type AnalyzeOptions } from './analyze';
import { errorText } from '../errors/errorText';
import { modelsForAll } from './modelsForAll';
import type { CommandRegistry } from './register';
import type { ReportDocuments } from './reportDocuments';
import { inRunOrder, runReport, type RunEntry } from './runReport';
import type { Services } from './services';

export function registerAnalyzeAll(
  registry: CommandRegistry,
  services: Services,
  reports: ReportDocuments,
): void {
  registry.add(COMMANDS.analyzeAll, { needsTrust: true }, () => analyzeAll(services, reports));
}

interface Task {
  readonly adapter: string;
  readonly label: string;
  readonly models: ModelPair;
}

/** Analyzes every adapter of the workspace, one after the other. @returns the results, in the order of the run */
async function analyzeAll(
  services: Services,
  reports: ReportDocuments,
): Promise<readonly AnalysisDocument[] | undefined> {
  await services.library.refresh();
  const adapters = services.store.adapters.map(({ adapter }) => ({ adapter, label: adapterLabel(adapter) }));
  if (adapters.length === 0) {
    throw new SploraError({
      code: 'not-found',
      message: vscode.l10n.t('There is no LoRA adapter in this workspace.'),
      advice: vscode.l10n.t(
        'Open a folder with adapter_model.safetensors (PEFT) or adapters.safetensors (MLX).',
      ),
    });
  }
  const tasks = await withModels(services, inRunOrder(adapters));
  if (tasks === undefined) return undefined;
  const entries = await runTasks(services, tasks);
  const [first] = tasks;
  if (first === undefined || entries === undefined) return undefined;
  const { rankBy } = services.settings.selection(vscode.Uri.file(first.adapter));
  const title = vscode.l10n.t('Adapters side by side');
  await reports.show(title, runReport(entries, rankBy, translate));
  return entries.flatMap(({ document }) => (document === null ? [] : [document]));
}

/** Undefined when the person turned away. */
async function withModels(
  { chooser }: Services,
  adapters: readonly { readonly adapter: string; readonly label: string }[],
): Promise<readonly Task[] | undefined> {
  const found = await modelsForAll(
    adapters.map(({ adapter }) => adapter),
    {
      named: (adapter) => chooser.named(adapter),
      confirmed: (adapter) => chooser.confirmed(adapter, 'ask'),
      choose: (adapter) => chooser.choose(adapter),
      remember: (folder, models) => chooser.keep(folder, models),
    },
  );
  return found === undefined
    ? undefined
    : adapters.flatMap(({ adapter, label }) => {
        const models = found.get(adapter);
        return models === undefined ? [] : [{ adapter, label, models }];
      });
}

async function runTasks(
  services: Services,
  tasks: readonly Task[],
): Promise<readonly RunEntry[] | undefined> {
  const options = { location: vscode.ProgressLocation.Notification, cancellable: true };
  return vscode.window.withProgress(options, async (notification, token) => {
    const abort = new AbortController();
    token.onCancellationRequested(() => abort.abort());
    const entries: RunEntry[] = [];
    for (const [index, task] of tasks.entries()) {
      if (token.isCancellationRequested) return undefined;
      const title = vscode.l10n.t(
        'SPLoRA: {0} ({1} of {2})',
        task.label,
        formatCount(index + 1),
        formatCount(tasks.length),
      );
      notification.report({ message: title });
      const report = {
        report: ({ message }: { message?: string }) =>
          notification.report({ message: `${title} ${message ?? ''}` }),
      };
      entries.push(await runTask(services, task, { notification: report, signal: abort.signal }));
    }
    return token.isCancellationRequested ? undefined : entries;
  });
}

async function runTask(services: Services, task: Task, how: AnalyzeOptions): Promise<RunEntry> {
  try {
    const document = (await analyzeOne(services, task.adapter, task.models, how)) ?? null;
    const verdicts = services.store.get(task.adapter)?.verdicts ?? [];
    return { label: task.label, document, verdicts, failure: null };
  } catch (thrown) {
    // One broken checkpoint must not hide the scores of the others: the report names it.
    const error = toErrorData(thrown);
    services.log.error(`${task.adapter}: ${formatError(error)}`);
    return { label: task.label, document: null, verdicts: [], failure: errorText(error) };
  }
}
