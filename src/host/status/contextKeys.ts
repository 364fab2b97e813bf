import * as path from 'node:path';
import * as vscode from 'vscode';
import { Disposable } from '../disposable';
import { CONTEXT } from '../ids';
import type { AnalysisStore } from '../state/analysisStore';
import type { AdapterState } from '../state/types';
import type { AdapterRuns, BusyState } from '../state/adapterRuns';
import type { AdapterLibrary } from '../state/library';

/** Variants of an evaluation without others: the aligned model and the adapter. */
const ALONE = 2;

export class ContextKeys extends Disposable {
  readonly #set = new Map<string, string>();

  constructor(
    store: AnalysisStore,
    library: AdapterLibrary,
    private readonly runs: readonly AdapterRuns<BusyState>[],
  ) {
    super();
    const update = (): void => this.#update(store.adapters);
    this._register(store.onDidChange(update));
    for (const run of runs) this._register(run.onDidChange(update));
    this._register(library.onDidScan(() => this.#key(CONTEXT.scanned, true)));
  }

  #update(adapters: readonly AdapterState[]): void {
    const analyzing = adapters.filter(({ run }) => run.kind === 'running').map(({ adapter }) => adapter);
    const running = [...analyzing, ...this.runs.flatMap((run) => run.running)];
    const analyzed = adapters.filter(({ document }) => document !== null);
    this.#key(CONTEXT.hasAdapters, adapters.length > 0);
    this.#key(CONTEXT.hasResults, analyzed.length > 0);
    const evaluations = adapters.flatMap(({ results: { evaluation, repair } }) => [
      ...(evaluation === undefined ? [] : [evaluation.document]),
      ...(repair === undefined ? [] : [repair.document.test]),
    ]);
    this.#key(CONTEXT.hasBehavior, evaluations.length > 0);
    this.#key(
      CONTEXT.hasComparison,
      evaluations.some(({ variants }) => variants.length > ALONE),
    );
    this.#key(CONTEXT.running, running.length > 0);
    this.#key(CONTEXT.runningFolders, foldersOf(running));
    this.#key(CONTEXT.adapterFolders, foldersOf(adapters.map(({ adapter }) => adapter)));
  }

  /** Only changes are set: progress comes ten times a second. */
  #key(name: string, value: unknown): void {
    const text = JSON.stringify(value);
    if (this.#set.get(name) === text) return;
    this.#set.set(name, text);
    void vscode.commands.executeCommand('setContext', name, value);
  }
}

function foldersOf(adapters: readonly string[]): readonly string[] {
  return [...new Set(adapters.map((adapter) => path.dirname(adapter)))];
}
