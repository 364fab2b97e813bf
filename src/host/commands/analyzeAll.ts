import * as vscode from 'vscode';
import { formatError, SploraError, toErrorData } from '../../core/errors';
import type { AnalysisDocument } from '../../core/report/analysis';
import { adapterLabel, formatCount, translate, errorText } from '../format';
import type { OptionsOf } from '../commandTable';
import { say } from '../../core/message';
import type { ModelPair } from '../settingDefinitions';
import { tryEach } from '../errors/tryEach';
import { withNotification } from '../windowText';
import { inRunOrder, runReport, type RunEntry } from '../reports/runReport';
import { analyze, modelsFor, type AnalyzeOptions } from './analyze';
import { adaptersIn, type Invocation, pathsOf } from './call';
import type { Services } from '../services';

interface Task {
  readonly adapter: string;
  readonly label: string;
  readonly models: ModelPair;
}

/** Analyzes the adapters of the workspace, or of folders in it, one by one. @returns the results, in order of the run */
export async function analyzeAll(
  services: Services,
  call: Invocation<OptionsOf<'analyzeAll'>>,
): Promise<readonly AnalysisDocument[] | undefined> {
  // The button in the title of the view hands over the row in focus, which is not meant.
  const folders = pathsOf(call.pointed.filter(({ isRow }) => !isRow));
  await services.library.refresh();
  const adapters = adaptersIn(workspaceAdapters(services), folders);
  if (adapters.length === 0) throw noAdapter(folders);
  const labeled = inRunOrder(adapters.map((adapter) => ({ adapter, label: adapterLabel(adapter) })));
  const tasks: Task[] = [];
  for (const one of labeled) {
    const models = await modelsFor(services, one.adapter, call);
    if (models === undefined) return undefined;
    tasks.push({ ...one, models });
  }
  const entries = await runTasks(services, tasks, call.options.force === true);
  const [first] = tasks;
  if (first === undefined || entries === undefined) return undefined;
  const { rankBy } = services.settings.selection(vscode.Uri.file(first.adapter));
  const title = vscode.l10n.t('Adapters side by side');
  await services.reports.show(title, runReport(entries, rankBy, translate));
  return entries.flatMap(({ document }) => (document === null ? [] : [document]));
}

/** The store also knows adapters from elsewhere, and those of folders that were removed from the workspace. */
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
        ? say('No LoRA adapter was found in this workspace.')
        : say('No LoRA adapter in this workspace was found in {0}.', folders.join(', ')),
    advice: say('Open a folder with adapter_model.safetensors (PEFT) or adapters.safetensors (MLX).'),
  });
}

/** Undefined: the user canceled. */
async function runTasks(
  services: Services,
  tasks: readonly Task[],
  force: boolean,
): Promise<readonly RunEntry[] | undefined> {
  return services.jobs.batch((batch) =>
    withNotification(undefined, async (line, signal) => {
      signal.addEventListener('abort', () => batch.abort());
      const run = (task: Task, index: number): Promise<RunEntry> => {
        const place = [formatCount(index + 1), formatCount(tasks.length)] as const;
        const title = vscode.l10n.t('SPLoRA: {0} ({1} of {2})', task.label, ...place);
        line.report(title);
        const notification = { report: (message: string) => line.report(`${title} ${message}`) };
        return runTask(services, task, { force, notification, batch });
      };
      const { results } = await tryEach(tasks, run, batch.signal);
      return batch.signal.aborted ? undefined : results;
    }),
  );
}

async function runTask(services: Services, task: Task, how: AnalyzeOptions): Promise<RunEntry> {
  try {
    const document = await analyze(services, task.adapter, task.models, how);
    const { verdicts = [], selection = null } = services.store.get(task.adapter) ?? {};
    return { label: task.label, document, verdicts, selection, failure: null };
  } catch (thrown) {
    // The report shows the scores of the others, and what is wrong with this one.
    const error = toErrorData(thrown);
    services.log.error(`${task.adapter}: ${formatError(error)}`);
    // If the user cancels, there is no report: another analysis replaced this one.
    const failure =
      error.code === 'cancelled'
        ? vscode.l10n.t('Replaced by an analysis with other models or options.')
        : errorText(error);
    return { label: task.label, document: null, verdicts: [], selection: null, failure };
  }
}
