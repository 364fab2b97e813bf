import * as path from 'node:path';
import { toErrorData } from '../../core/errors';
import { render } from '../../core/message';
import type { ResultDocument, ResultKind } from '../../core/results/types';
import type { Localize } from '../format';
import type { Log } from '../log';
import type { AdapterStore } from './analysisStore';
import { exists, findStale } from './identity';
import type { ResultCache } from './resultCache';

export interface RestorerParts {
  readonly store: AdapterStore;
  readonly cache: Pick<ResultCache, 'kinds' | 'load' | 'loadAll' | 'remove'>;
  readonly log: Log;
  readonly translate: Localize;
  /** Called with every restored result. */
  readonly onRestored: (document: ResultDocument) => void;
}

/**
 * Brings results of earlier sessions into the store, and compares results with their files. A place that cannot be read
 * (a stale network drive, a locked folder) is logged and does not hold up the others.
 */
export class ResultRestorer {
  /** Adapters that could not be read last time: each is logged once and tried again. */
  readonly #unreadable = new Set<string>();
  /** The running check, whose failure is for its callers only, and the one that follows. */
  #check: Promise<void> = Promise.resolve();
  #nextCheck: Promise<void> | undefined;

  constructor(private readonly parts: RestorerParts) {}

  /** Shows the cached results of an adapter, unless the store has or makes newer ones. */
  async restore(adapter: string): Promise<void> {
    const { cache, store } = this.parts;
    for (const kind of cache.kinds) {
      if (!store.lacks(kind, adapter)) continue;
      try {
        const document = await cache.load(kind, adapter);
        if (document !== undefined) await this.#show(kind, document);
      } catch (thrown) {
        this.#warn(adapter, thrown);
      }
    }
  }

  async restoreAll(): Promise<void> {
    for (const { kind, document } of await this.parts.cache.loadAll())
      await this.#show(kind, document).catch((thrown: unknown) => this.#warn(document.adapter, thrown));
  }

  /**
   * Compares the store with the files: deleted adapters are removed, changed inputs make results stale. One check at a
   * time; who asks during one waits for the next, which sees later changes.
   */
  verify(): Promise<void> {
    this.#nextCheck ??= this.#check.then(() => {
      this.#nextCheck = undefined;
      const check = this.#verifyAll();
      this.#check = check.catch(() => undefined);
      return check;
    });
    return this.#nextCheck;
  }

  async #verifyAll(): Promise<void> {
    const { cache, store } = this.parts;
    for (const adapter of [...this.#unreadable]) await this.restore(adapter);
    for (const { adapter } of store.adapters) {
      if ((await this.#exists(adapter)) === false) store.remove(adapter);
      else for (const kind of cache.kinds) await this.verifyInputs(kind, adapter);
    }
  }

  /** Updates whether a result is stale. */
  async verifyInputs(kind: ResultKind, adapter: string): Promise<void> {
    const { store, translate } = this.parts;
    const inputs = store.result(kind, adapter)?.document.inputs;
    if (inputs === undefined) return;
    const stale = await findStale(inputs, translate);
    // Whoever set a newer result meanwhile has compared it with its own files.
    if (store.result(kind, adapter)?.document.inputs === inputs) store.setStale(kind, adapter, stale);
  }

  async #show(kind: ResultKind, document: ResultDocument): Promise<void> {
    const { store, cache, translate, onRestored } = this.parts;
    const { adapter, inputs } = document;
    const isThere = await this.#exists(adapter);
    if (isThere === false) {
      // The drive may only be unplugged: delete the result only if the folder around the adapter is readable.
      const isDeleted = await exists(path.dirname(path.dirname(adapter)));
      if (isDeleted && store.lacks(kind, adapter)) await cache.remove(kind, adapter);
    }
    if (isThere !== true) return;
    const stale = await findStale(inputs, translate);
    if (!store.lacks(kind, adapter)) return;
    store.setResult(kind, adapter, document, stale);
    onRestored(document);
  }

  /** Undefined: unknown. */
  async #exists(adapter: string): Promise<boolean | undefined> {
    try {
      const isThere = await exists(adapter);
      this.#unreadable.delete(adapter);
      return isThere;
    } catch (thrown) {
      this.#warn(adapter, thrown);
      return undefined;
    }
  }

  #warn(adapter: string, thrown: unknown): void {
    if (this.#unreadable.has(adapter)) return;
    this.#unreadable.add(adapter);
    this.parts.log.warn(`${adapter} cannot be looked at now: ${render(toErrorData(thrown).message)}`);
  }
}
