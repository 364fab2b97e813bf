/** Anything with a `dispose`; `vscode.Disposable` is one. */
export interface DisposableLike {
  dispose(): unknown;
}

/** Owns what it registers and lets go of it, last first, when disposed. Safe to dispose twice. */
export abstract class Disposable implements DisposableLike {
  readonly #owned: DisposableLike[] = [];
  #disposed = false;

  protected get isDisposed(): boolean {
    return this.#disposed;
  }

  /** Ties the life of `item` to this object; an item that comes after the end is disposed of at once. */
  protected _register<T extends DisposableLike>(item: T): T {
    if (this.#disposed) item.dispose();
    else this.#owned.push(item);
    return item;
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const item of this.#owned.splice(0).reverse()) item.dispose();
  }
}
