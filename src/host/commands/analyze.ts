import * as vscode from 'vscode';
import type { ModuleMeasure } from '../../core/ediem/types';
import { cancelled, SploraError, toErrorData, type ErrorData } from '../../core/errors';
import { say } from '../../core/message';
import type { AnalysisDocument } from '../../core/report/analysis';
import { RESULT_KINDS } from '../../core/results';
import type { AnalyzeEvent, AnalyzeRequest, ProgressEvent } from '../../protocol/engineApi';
import { refusesModels } from '../../protocol/errorHelp';
import type { OptionsOf } from '../commandTable';
import { notify, showError, showFailures } from '../errors/showError';
import { tryEach, type Outcome } from '../errors/tryEach';
import { adapterLabel, progressText } from '../format';
import { runCommand } from '../runCommand';
import type { Services } from '../services';
import type { ModelPair } from '../settingDefinitions';
import { findStale, fingerprintOf } from '../state/keptResults';
import { showStatus, withNotification, type ProgressLine } from '../windowText';
import { type Call, cancelTarget, type Invocation } from './call';

/** Long enough to read one line. */
const STATUS_MS = 6000;
/** Minimum time between updates of the store: a page that draws 224 modules must stay responsive. */
const REPORT_EVERY_MS = 100;

/** @returns the first result; undefined: the user canceled */
export async function analyzeCommand(
  services: Services,
  { results, failures }: Outcome<string>,
  call: Invocation<OptionsOf<'analyze'>>,
): Promise<AnalysisDocument | undefined> {
  const [adapter] = results;
  if (adapter === undefined || results.length + failures.length > 1)
    return analyzeSeveral(services, { results, failures }, call);
  const models = await modelsFor(services, adapter, call);
  if (models === undefined) return undefined;
  if (call.caller === 'user') services.surfaces.showPanel(adapter);
  return analyze(services, adapter, models, call.options);
}

/** @returns how many analyses, measurements and repairs were canceled */
export async function cancelCommand(
  { jobs, measurements, repairs, log }: Services,
  call: Call,
): Promise<number> {
  const running = [...jobs.keys, ...measurements.running, ...repairs.running];
  const target = await cancelTarget(call, [...new Set(running)]);
  const cancel = (adapter?: string): number =>
    jobs.cancel(adapter) + measurements.cancel(adapter) + repairs.cancel(adapter);
  if (target.kind === 'all') return cancel();
  if (target.kind === 'running') return cancel(target.adapter);
  const text =
    target.kind === 'idle'
      ? vscode.l10n.t('{0} is not being analyzed, measured, or repaired.', adapterLabel(target.adapter))
      : vscode.l10n.t('Several adapters are being worked on: cancel one in its panel.');
  notify('Information', log, text);
  return 0;
}

/** @throws the first failure to a program, if none can be analyzed */
async function analyzeSeveral(
  services: Services,
  picked: Outcome<string>,
  call: Invocation<OptionsOf<'analyze'>>,
): Promise<AnalysisDocument | undefined> {
  const outcome = await services.jobs.batch((batch) => {
    const work = async (adapter: string): Promise<AnalysisDocument> => {
      const models = await modelsFor(services, adapter, call);
      if (models === undefined) {
        // A user who cancels one question wants no more of them.
        batch.abort();
        throw cancelled();
      }
      return analyze(services, adapter, models, { ...call.options, batch });
    };
    return tryEach(picked.results, work, batch.signal);
  });
  const failures = [...picked.failures, ...outcome.failures];
  const [first] = failures;
  if (call.caller === 'program' && first !== undefined && outcome.results.length === 0) throw first.thrown;
  showFailures(services.log, failures, picked.results.length + picked.failures.length, (adapter, thrown) =>
    toErrorData(thrown).code === 'process-crashed'
      ? [{ label: vscode.l10n.t('Try Again'), run: () => runCommand('analyze', adapter) }]
      : [],
  );
  return outcome.results[0];
}

export type ModelOptions = Pick<OptionsOf<'analyze'>, 'base' | 'aligned' | 'models'>;

/**
 * The models that the options give, or those that were or now are chosen. Undefined: the user canceled.
 * @throws SploraError `bad-request` if only one is given, `not-found` if one is nowhere
 */
export async function modelsFor(
  services: Services,
  adapter: string,
  { options, caller }: Pick<Invocation<ModelOptions>, 'options' | 'caller'>,
): Promise<ModelPair | undefined> {
  const { base, aligned, models } = options;
  const chooser = await services.chooser();
  if (base !== undefined && aligned !== undefined) return chooser.given(adapter, { base, aligned });
  if (base === undefined && aligned === undefined)
    return chooser.models(adapter, models === 'ask' ? 'user' : caller);
  throw new SploraError({
    code: 'bad-request',
    message: say('Only one of the two models was given.'),
    advice: say('Specify both the base and the aligned model, or neither.'),
  });
}

export interface AnalyzeOptions {
  /** Reads the weights again even if nothing changed. */
  readonly force?: boolean;
  /** Shows the progress, if this call starts the analysis. Absent: a notification of its own. */
  readonly notification?: ProgressLine;
  readonly batch?: AbortController;
}

/**
 * Analyzes one adapter and shows the result everywhere, or returns the result in the store if nothing that it depends on
 * has changed. Joins a running analysis of the adapter with the same models and options; cancels one with others.
 * @throws SploraError of the engine, or `cancelled`
 */
export async function analyze(
  services: Services,
  adapter: string,
  models: ModelPair,
  { force, notification, batch }: AnalyzeOptions,
): Promise<AnalysisDocument> {
  const { jobs, log, settings, store } = services;
  const options = services.readings.optionsOf(adapter);
  const fingerprint = fingerprintOf(models, options);
  const kept = store.get(adapter)?.document ?? null;
  const isKept = force !== true && kept !== null && fingerprintOf(kept, kept.options) === fingerprint;
  if (isKept && (await findStale(kept.inputs)) === null) {
    // The result of another run would replace this one.
    jobs.stopOther(adapter, fingerprint);
    log.info(`${adapter}: nothing changed since it was analyzed`);
    store.setActive(adapter);
    showStatus(
      vscode.l10n.t('SPLoRA: {0} has not changed since the last analysis', adapterLabel(adapter)),
      STATUS_MS,
    );
    return kept;
  }
  const scope = vscode.Uri.file(adapter);
  const threads = settings.get('engine.threads', scope);
  const request: AnalyzeRequest = {
    adapter,
    ...models,
    options,
    ...(threads === 0 ? {} : { threads }),
    executionProvider: settings.get('engine.executionProvider', scope),
  };
  const work = (abort: AbortController): Promise<AnalysisDocument> =>
    runAnalysis(services, request, abort, notification);
  try {
    return await jobs.start(adapter, fingerprint, work, batch);
  } catch (thrown) {
    if (refusesModels(toErrorData(thrown))) await (await services.chooser()).refused(adapter, models);
    throw thrown;
  }
}

async function runAnalysis(
  services: Services,
  request: AnalyzeRequest,
  abort: AbortController,
  notification: ProgressLine | undefined,
): Promise<AnalysisDocument> {
  const { adapter } = request;
  const { jobs, library, store } = services;
  const call = (line: ProgressLine): Promise<AnalysisDocument> =>
    callEngine(services, request, abort.signal, line);
  const title = vscode.l10n.t('SPLoRA: analyzing {0}', adapterLabel(adapter));
  store.setProgress(adapter, null, []);
  store.setActive(adapter);
  try {
    const document =
      notification === undefined
        ? await withNotification(title, (line, signal) => {
            // Also ends batches that wait for this analysis, but not an analysis that has replaced it.
            signal.addEventListener('abort', () => abort.signal.aborted || jobs.cancel(adapter));
            return call(line);
          })
        : await call(notification);
    // The engine follows links; surfaces know the adapter by this path.
    const result = { ...document, adapter };
    await library.accept(RESULT_KINDS.analysis, result);
    return result;
  } catch (thrown) {
    const error = await explained(services, request, toErrorData(thrown));
    if (error.code === 'cancelled') store.setIdle(adapter);
    else store.setFailed(adapter, error);
    throw new SploraError(error, { cause: thrown });
  }
}

/** An error of a file that is being written is tried again by itself; a success clears it. */
function explained(
  services: Services,
  { adapter, base, aligned }: AnalyzeRequest,
  error: ErrorData,
): Promise<ErrorData> {
  const again = (): void => {
    services.log.info(`${adapter}: its files stopped changing, so it is analyzed again`);
    analyze(services, adapter, { base, aligned }, {}).catch((thrown: unknown) =>
      showError(services.log, thrown, [], adapter),
    );
  };
  return services.saveWatch.explain(adapter, error, again);
}

async function callEngine(
  { engine, store }: Services,
  request: AnalyzeRequest,
  signal: AbortSignal,
  notification: ProgressLine,
): Promise<AnalysisDocument> {
  const measured: ModuleMeasure[] = [];
  let progress: ProgressEvent | undefined;
  let shown = 0;
  let timer: NodeJS.Timeout | undefined;
  const report = (): void => {
    timer = undefined;
    store.setProgress(request.adapter, progress ?? null, [...measured]);
    if (progress === undefined) return;
    const { bytesDone, bytesTotal } = progress;
    const percent = bytesTotal === 0 ? 0 : (100 * bytesDone) / bytesTotal;
    notification.report(progressText(progress), percent - shown);
    shown = percent;
  };
  const onEvent = (event: AnalyzeEvent): void => {
    if (event.type === 'measured') measured.push(event.measure);
    else progress = event;
    timer ??= setTimeout(report, REPORT_EVERY_MS);
  };
  try {
    return await engine.call('analyze', request, { signal, onEvent });
  } finally {
    clearTimeout(timer);
  }
}
