import * as path from 'node:path';
import * as vscode from 'vscode';
import { Disposable } from '../disposable';
import { CONTEXT } from '../ids';
import type { AdapterState, AnalysisStore } from '../state/types';
import type { AdapterLibrary } from '../state/library';

/** Keeps the keys of `when` clauses in step with the store. */
export class ContextKeys extends Disposable {
  readonly #store: AnalysisStore;
  readonly #set = new Map<string, string>();

  constructor(store: AnalysisStore, library: AdapterLibrary) {
    super();
    this.#store = store;
    this._register(store.onDidChange(() => this.#update()));
    this._register(library.onDidScan(() => this.#key(CONTEXT.scanned, true)));
  }

  #update(): void {
    const { adapters } = this.#store;
    this.#key(CONTEXT.hasAdapters, adapters.length > 0);
    this.#key(
      CONTEXT.hasResults,
      adapters.some(({ document }) => document !== null),
    );
    const running = adapters.filter(({ run }) => run.kind === 'running');
    this.#key(CONTEXT.running, running.length > 0);
    this.#key(CONTEXT.runningFolders, foldersOf(running));
    this.#key(
      CONTEXT.engineFailed,
      adapters.some(({ run }) => run.kind === 'failed' && run.error.code === 'engine-crashed'),
    );
    this.#key(CONTEXT.adapterFolders, foldersOf(adapters));
  }

  /** Only changes are set: progress comes ten times a second. */
  #key(name: string, value: unknown): void {
    const text = JSON.stringify(value);
    if (this.#set.get(name) === text) return;
    this.#set.set(name, text);
    void vscode.commands.executeCommand('setContext', name, value);
  }
}

function foldersOf(states: readonly AdapterState[]): readonly string[] {
  return [...new Set(states.map(({ adapter }) => path.dirname(adapter)))];
}
