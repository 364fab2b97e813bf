import type * as vscode from 'vscode';
import { Disposable } from '../disposable';
import type { AnalysisStore } from './analysisStore';

const KEY = 'active';

/** Keeps the active adapter across a reload of the window. */
export class ActiveMemory extends Disposable {
  constructor(
    private readonly store: AnalysisStore,
    private readonly memento: vscode.Memento,
    onFailure: (thrown: unknown) => void,
  ) {
    super();
    let saved: string | undefined;
    const save = (): void => {
      const adapter = store.active?.adapter;
      if (adapter === undefined || adapter === saved) return;
      saved = adapter;
      memento.update(KEY, adapter).then(undefined, onFailure);
    };
    this._register(store.onDidChange(save));
  }

  /** Does not replace what the user chose meanwhile. */
  restore(): void {
    const adapter = this.memento.get<unknown>(KEY);
    if (this.store.active === null && typeof adapter === 'string') this.store.setActive(adapter);
  }
}
