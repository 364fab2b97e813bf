import * as vscode from 'vscode';
import type { ModuleMeasure } from '../../core/ediem/types';
import { SploraError, toErrorData } from '../../core/errors';
import type { AnalysisDocument, AnalysisOptions } from '../../core/report/analysis';
import { RESULT_KINDS } from '../../core/results';
import type { AnalyzeEvent, AnalyzeRequest, ProgressEvent } from '../../protocol/engineApi';
import type { Engine } from '../../engine/client';
import { Disposable } from '../disposable';
import { adapterLabel, progressText } from '../format';
import type { Log } from '../log';
import type { ModelPair } from '../settingDefinitions';
import type { Settings } from '../settings';
import type { AdapterStore } from '../state/analysisStore';
import { fingerprintOf } from '../state/identity';
import type { AdapterLibrary } from '../state/library';
import { withNotification, type ProgressLine } from '../windowText';
import { Jobs } from './jobs';

/** Minimum time between updates of the store: a page that draws 224 modules must stay responsive. */
const REPORT_EVERY_MS = 100;

export interface RunOptions {
  /** Shows the progress, if this call starts the analysis. Absent: a notification of its own. */
  readonly notification?: ProgressLine;
  readonly batch?: AbortController;
}

/** Runs analyses, one per adapter, with progress in the window and the store. */
export class AnalysisRunner extends Disposable {
  readonly #jobs: Jobs<AnalysisDocument>;

  constructor(
    private readonly engine: Engine,
    private readonly store: AdapterStore,
    private readonly library: AdapterLibrary,
    private readonly settings: Settings,
    log: Log,
  ) {
    super();
    this.#jobs = new Jobs((adapter) => {
      log.info(`${adapter}: its analysis ends for one with other models or options`);
    });
    this._register({ dispose: () => this.cancel() });
  }

  get running(): readonly string[] {
    return this.#jobs.keys;
  }

  /**
   * Analyzes an adapter and shows the result everywhere. Joins a running analysis of the adapter with the same models and
   * options; cancels one with others.
   * @throws SploraError of the engine, or `cancelled`
   */
  analyze(
    adapter: string,
    models: ModelPair,
    options: AnalysisOptions,
    how: RunOptions = {},
  ): Promise<AnalysisDocument> {
    const scope = vscode.Uri.file(adapter);
    const threads = this.settings.get('engine.threads', scope);
    const request: AnalyzeRequest = {
      adapter,
      ...models,
      options,
      ...(threads === 0 ? {} : { threads }),
      executionProvider: this.settings.get('engine.executionProvider', scope),
    };
    const work = (abort: AbortController): Promise<AnalysisDocument> =>
      this.#run(request, abort, how.notification);
    return this.#jobs.start(adapter, fingerprintOf(models, options), work, how.batch);
  }

  /** Stops a run with other models or options: its result would replace the current one. */
  stopOther(adapter: string, models: ModelPair, options: AnalysisOptions): void {
    this.#jobs.stopOther(adapter, fingerprintOf(models, options));
  }

  /** Runs analyses of several adapters as one: cancelling one of them cancels the ones that follow. */
  batch<T>(work: (batch: AbortController) => PromiseLike<T>): Promise<T> {
    return this.#jobs.batch(work);
  }

  /** Cancels the analysis of one adapter, or all, and their batches. @returns how many were cancelled */
  cancel(adapter?: string): number {
    return this.#jobs.cancel(adapter);
  }

  async #run(
    request: AnalyzeRequest,
    abort: AbortController,
    notification: ProgressLine | undefined,
  ): Promise<AnalysisDocument> {
    const { adapter } = request;
    this.store.setProgress(adapter, null, []);
    this.store.setActive(adapter);
    try {
      const document =
        notification === undefined
          ? await this.#callWithNotification(request, abort)
          : await this.#call(request, abort.signal, notification);
      // The engine follows links; surfaces know the adapter by this path.
      const result = { ...document, adapter };
      await this.library.accept(RESULT_KINDS.analysis, result);
      return result;
    } catch (thrown) {
      const error = toErrorData(thrown);
      if (error.code === 'cancelled') this.store.setIdle(adapter);
      else this.store.setFailed(adapter, error);
      throw new SploraError(error, { cause: thrown });
    }
  }

  #callWithNotification(request: AnalyzeRequest, abort: AbortController): Thenable<AnalysisDocument> {
    const title = vscode.l10n.t('SPLoRA: analyzing {0}', adapterLabel(request.adapter));
    return withNotification(title, (notification, signal) => {
      // Also ends batches that wait for this analysis, but not an analysis that has replaced it.
      signal.addEventListener('abort', () => {
        if (!abort.signal.aborted) this.cancel(request.adapter);
      });
      return this.#call(request, abort.signal, notification);
    });
  }

  async #call(
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
      this.store.setProgress(request.adapter, progress ?? null, [...measured]);
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
      return await this.engine.call('analyze', request, { signal, onEvent });
    } finally {
      clearTimeout(timer);
    }
  }
}
