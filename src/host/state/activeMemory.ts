import type * as vscode from 'vscode';
import { Disposable } from '../disposable';
import type { AnalysisStore } from './types';

const KEY = 'active';

/** Keeps which adapter panel and status bar follow across a reload of the window. */
export class ActiveMemory extends Disposable {
  readonly #store: AnalysisStore;
  readonly #memento: vscode.Memento;
  #kept: string | undefined;

  constructor(store: AnalysisStore, memento: vscode.Memento, onFailure: (thrown: unknown) => void) {
    super();
    this.#store = store;
    this.#memento = memento;
    this._register(
      store.onDidChange(() => {
        const adapter = store.active?.adapter;
        if (adapter === undefined || adapter === this.#kept) return;
        this.#kept = adapter;
        memento.update(KEY, adapter).then(undefined, onFailure);
      }),
    );
  }

  /** Follows what was followed last, once its result is there; nothing that a person chose meanwhile is changed. */
  restore(): void {
    const adapter = this.#memento.get<unknown>(KEY);
    if (this.#store.active === null && typeof adapter === 'string') this.#store.setActive(adapter);
  }
}
