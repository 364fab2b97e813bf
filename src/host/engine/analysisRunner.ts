import * as vscode from 'vscode';
import type { ModuleMeasure } from '../../core/ediem/types';
import { SploraError, toErrorData } from '../../core/errors';
import type { AnalysisDocument, AnalysisOptions } from '../../core/report/analysis';
import type { AnalyzeEvent, AnalyzeRequest, ProgressEvent } from '../../protocol/engineApi';
import { Disposable } from '../disposable';
import { adapterLabel, progressText } from '../format';
import type { ModelPair } from '../settingDefinitions';
import type { Settings } from '../settings';
import type { AdapterStore } from '../state/analysisStore';
import type { AdapterLibrary } from '../state/library';
import type { EngineService } from './engineService';

/** Shows the store what changed at most this often: a page that draws 224 modules must stay fluid. */
const REPORT_EVERY_MS = 100;

/** A place that shows one line of progress. */
export type Notification = vscode.Progress<{ message?: string; increment?: number }>;

interface Job {
  readonly abort: AbortController;
  readonly result: Promise<AnalysisDocument>;
}

/** Runs analyses: progress to the window and the store, one job for each adapter, cancel at once. */
export class AnalysisRunner extends Disposable {
  readonly #engine: EngineService;
  readonly #store: AdapterStore;
  readonly #library: AdapterLibrary;
  readonly #settings: Settings;
  readonly #jobs = new Map<string, Job>();

  constructor(engine: EngineService, store: AdapterStore, library: AdapterLibrary, settings: Settings) {
    super();
    this.#engine = engine;
    this.#store = store;
    this.#library = library;
    this.#settings = settings;
    this._register({ dispose: () => this.cancel() });
  }

  /** Adapters that are being analyzed now. */
  get running(): readonly string[] {
    return [...this.#jobs.keys()];
  }

  /**
   * Analyzes an adapter and shows the result everywhere; joins a run of the same adapter that is under way.
   * @param notification where to show progress; a notification of its own unless given
   * @throws SploraError of the engine, or `cancelled`
   */
  analyze(
    adapter: string,
    models: ModelPair,
    options: AnalysisOptions,
    notification?: Notification,
  ): Promise<AnalysisDocument> {
    const running = this.#jobs.get(adapter);
    if (running !== undefined) return running.result;
    const abort = new AbortController();
    const result = this.#run(adapter, models, options, { abort, notification });
    this.#jobs.set(adapter, { abort, result });
    return result;
  }

  /** Stops the analysis of one adapter, or all. @returns how many were stopped */
  cancel(adapter?: string): number {
    const jobs = [...this.#jobs].filter(([key]) => adapter === undefined || key === adapter);
    for (const [, job] of jobs) job.abort.abort();
    return jobs.length;
  }

  async #run(
    adapter: string,
    models: ModelPair,
    options: AnalysisOptions,
    how: { readonly abort: AbortController; readonly notification: Notification | undefined },
  ): Promise<AnalysisDocument> {
    this.#store.setProgress(adapter, null, []);
    this.#store.setActive(adapter);
    const threads = this.#settings.threads();
    const request: AnalyzeRequest = {
      adapter,
      ...models,
      options,
      ...(threads === undefined ? {} : { threads }),
      executionProvider: this.#settings.get('engine.executionProvider'),
    };
    try {
      const { abort, notification } = how;
      const document =
        notification === undefined
          ? await this.#withProgress(request, abort)
          : await this.#call(request, abort.signal, notification);
      // The key is the path that surfaces know the adapter by, whatever links the engine followed.
      const kept = { ...document, adapter };
      await this.#library.accept(kept);
      return kept;
    } catch (thrown) {
      const error = toErrorData(thrown);
      if (error.code === 'cancelled') this.#store.setIdle(adapter);
      else this.#store.setFailed(adapter, error);
      throw new SploraError(error, { cause: thrown });
    } finally {
      this.#jobs.delete(adapter);
    }
  }

  async #withProgress(request: AnalyzeRequest, abort: AbortController): Promise<AnalysisDocument> {
    const title = vscode.l10n.t('SPLoRA: analyzing {0}', adapterLabel(request.adapter));
    const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
    return vscode.window.withProgress(options, async (notification, token) => {
      const cancelled = token.onCancellationRequested(() => abort.abort());
      try {
        return await this.#call(request, abort.signal, notification);
      } finally {
        cancelled.dispose();
      }
    });
  }

  async #call(
    request: AnalyzeRequest,
    signal: AbortSignal,
    notification: Notification,
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

/** Gathers what the engine tells, and passes it on in bursts. */
class Reporter {
  readonly #store: AdapterStore;
  readonly #adapter: string;
  readonly #notification: Notification;
  readonly #measured: ModuleMeasure[] = [];
  #progress: ProgressEvent | null = null;
  #shown = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(store: AdapterStore, adapter: string, notification: Notification) {
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
    this.#notification.report({ message: progressText(this.#progress), increment: percent - this.#shown });
    this.#shown = percent;
  }
}
