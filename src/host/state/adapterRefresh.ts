import { Disposable } from '../disposable';
import type { AnalysisStore } from './types';

/**
 * Tells a surface which adapters to draw again, in bursts: a dragged cut changes verdicts many times a second. An adapter
 * that left the store is told of, too: what is drawn of it must go.
 */
export class AdapterRefresh extends Disposable {
  readonly #store: Pick<AnalysisStore, 'adapters'>;
  readonly #everyMs: number;
  readonly #draw: (adapters: readonly string[]) => void;
  readonly #pending = new Set<string>();
  /** The adapters of the store when its list was last looked at. */
  #known: readonly string[];
  #timer: NodeJS.Timeout | undefined;

  /** @param everyMs at most once in this time, in milliseconds */
  constructor(
    store: Pick<AnalysisStore, 'adapters' | 'onDidChange'>,
    everyMs: number,
    draw: (adapters: readonly string[]) => void,
  ) {
    super();
    this.#store = store;
    this.#known = this.#listed();
    this._register({ dispose: () => clearTimeout(this.#timer) });
    this.#everyMs = everyMs;
    this.#draw = draw;
    this._register(store.onDidChange((adapter) => this.soon(adapter)));
  }

  /** Draws an adapter again; undefined: all that are or were in the store. */
  soon(adapter: string | undefined): void {
    this.#add(adapter);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const adapters = [...this.#pending];
      this.#pending.clear();
      this.#draw(adapters);
    }, this.#everyMs);
  }

  #add(adapter: string | undefined): void {
    if (adapter !== undefined) {
      this.#pending.add(adapter);
      return;
    }
    const listed = this.#listed();
    for (const key of [...this.#known, ...listed]) this.#pending.add(key);
    this.#known = listed;
  }

  #listed(): readonly string[] {
    return this.#store.adapters.map((state) => state.adapter);
  }
}
