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
  /** See `batch`. */
  readonly batch?: AbortController;
}

/** Runs analyses, one per adapter, with progress in the window and the store. */
export class AnalysisRunner extends Disposable {
  readonly #engine: Engine;
  readonly #store: AdapterStore;
  readonly #library: AdapterLibrary;
  readonly #settings: Settings;
  readonly #jobs: Jobs<AnalysisDocument>;

  constructor(engine: Engine, store: AdapterStore, library: AdapterLibrary, settings: Settings, log: Log) {
    super();
    this.#engine = engine;
    this.#store = store;
    this.#library = library;
    this.#settings = settings;
    this.#jobs = new Jobs((adapter) => {
      log.info(`${adapter}: its analysis ends for one with other models or options`);
    });
    this._register({ dispose: () => this.cancel() });
  }

  /** Adapters that are being analyzed. */
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
    const work = (abort: AbortController): Promise<AnalysisDocument> =>
      this.#run(adapter, models, options, { abort, notification: how.notification });
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
    adapter: string,
    models: ModelPair,
    options: AnalysisOptions,
    how: { readonly abort: AbortController; readonly notification: ProgressLine | undefined },
  ): Promise<AnalysisDocument> {
    this.#store.setProgress(adapter, null, []);
    this.#store.setActive(adapter);
    const scope = vscode.Uri.file(adapter);
    const threads = this.#settings.threads(scope);
    const request: AnalyzeRequest = {
      adapter,
      ...models,
      options,
      ...(threads === undefined ? {} : { threads }),
      executionProvider: this.#settings.get('engine.executionProvider', scope),
    };
    try {
      const { abort, notification } = how;
      const document =
        notification === undefined
          ? await this.#callWithNotification(request, abort)
          : await this.#call(request, abort.signal, notification);
      // The engine follows links; surfaces know the adapter by this path.
      const result = { ...document, adapter };
      await this.#library.accept(RESULT_KINDS.analysis, result);
      return result;
    } catch (thrown) {
      const error = toErrorData(thrown);
      if (error.code === 'cancelled') this.#store.setIdle(adapter);
      else this.#store.setFailed(adapter, error);
      throw new SploraError(error, { cause: thrown });
    }
  }

  async #callWithNotification(request: AnalyzeRequest, abort: AbortController): Promise<AnalysisDocument> {
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
    const reporter = new Reporter(this.#store, request.adapter, notification);
    try {
      return await this.#engine.call('analyze', request, {
        signal,
        onEvent: (event) => reporter.take(event),
      });
    } finally {
      reporter.dispose();
    }
  }
}

/** Throttles events of the engine. */
class Reporter {
  readonly #store: AdapterStore;
  readonly #adapter: string;
  readonly #notification: ProgressLine;
  readonly #measured: ModuleMeasure[] = [];
  #progress: ProgressEvent | null = null;
  #shown = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(store: AdapterStore, adapter: string, notification: ProgressLine) {
    this.#store = store;
    this.#adapter = adapter;
    this.#notification = notification;
  }

  take(event: AnalyzeEvent): void {
    if (event.type === 'measured') this.#measured.push(event.measure);
    else this.#progress = event;
    this.#timer ??= setTimeout(() => this.#report(), REPORT_EVERY_MS);
  }

  dispose(): void {
    clearTimeout(this.#timer);
  }

  #report(): void {
    this.#timer = undefined;
    this.#store.setProgress(this.#adapter, this.#progress, [...this.#measured]);
    if (this.#progress === null) return;
    const { bytesDone, bytesTotal } = this.#progress;
    const percent = bytesTotal === 0 ? 0 : (100 * bytesDone) / bytesTotal;
    this.#notification.report(progressText(this.#progress), percent - this.#shown);
    this.#shown = percent;
  }
}
