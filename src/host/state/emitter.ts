import type * as vscode from 'vscode';

/** The part of `vscode.EventEmitter` that the store needs, without VS Code, so that the store runs in plain tests. */
export class Emitter<T> {
  readonly #listeners = new Set<(value: T) => void>();

  readonly event: vscode.Event<T> = (listener, thisArg?: unknown, disposables?: vscode.Disposable[]) => {
    const call = (value: T): void => {
      listener.call(thisArg, value);
    };
    this.#listeners.add(call);
    const subscription = { dispose: () => this.#listeners.delete(call) };
    disposables?.push(subscription);
    return subscription;
  };

  fire(value: T): void {
    for (const listener of [...this.#listeners]) listener(value);
  }

  dispose(): void {
    this.#listeners.clear();
  }
}
