import type { DisposableLike } from '../disposable';

/** The part of `vscode.EventEmitter` that the store needs; runs without VS Code. */
export class Emitter<T> {
  readonly #listeners = new Set<(value: T) => void>();

  readonly event = (listener: (value: T) => void): DisposableLike => {
    // A listener may subscribe more than once.
    const call = (value: T): void => listener(value);
    this.#listeners.add(call);
    return { dispose: () => this.#listeners.delete(call) };
  };

  fire(value: T): void {
    for (const listener of [...this.#listeners]) listener(value);
  }

  dispose(): void {
    this.#listeners.clear();
  }
}
