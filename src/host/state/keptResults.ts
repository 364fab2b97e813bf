import * as path from 'node:path';
import { toErrorData } from '../../core/errors';
import type { AnalysisDocument } from '../../core/report/analysis';
import type { Log } from '../log';
import type { Localize } from '../format';
import type { AdapterStore } from './analysisStore';
import { exists, findStale } from './identity';
import type { ResultCache } from './resultCache';
import { render } from '../../core/message';

export interface KeptResultsParts {
  readonly store: AdapterStore;
  readonly cache: Pick<ResultCache, 'load' | 'loadAll' | 'remove'>;
  readonly log: Log;
  readonly translate: Localize;
  /** Called with every result that is put into the store. */
  readonly onShown: (document: AnalysisDocument) => void;
}

/** Of an adapter whose result was made or taken back in this session: what an earlier one kept is over. */
const SETTLED = Promise.resolve();

/**
 * Brings results of earlier sessions into the store, and compares what is there with the files. A place that cannot be
 * looked at (a network drive that went stale, a locked folder) is told of in the log, and holds up nothing else.
 */
export class KeptResults {
  readonly #parts: KeptResultsParts;
  /** Adapters whose kept result is being looked for, is shown or is settled: each is shown once. */
  readonly #sought = new Map<string, Promise<void>>();
  /** Adapters that could not be looked at the last time: the log tells once of each, and each is tried again. */
  readonly #unseen = new Set<string>();

  /** The comparison under way, whose failure is for those who asked for it, and the one that follows. */
  #pass: Promise<void> = Promise.resolve();
  #nextPass: Promise<void> | undefined;

  constructor(parts: KeptResultsParts) {
    this.#parts = parts;
  }

  /** Shows what was kept of an adapter, unless something newer is there; waits where that is under way. */
  restore(adapter: string): Promise<void> {
    return this.#once(adapter, () => this.#parts.cache.load(adapter));
  }

  /** Shows everything that was kept. */
  async restoreAll(): Promise<void> {
    for (const document of await this.#parts.cache.loadAll())
      await this.#once(document.adapter, () => Promise.resolve(document));
  }

  /** To be called before a new result of an adapter is kept, or its result is taken back. */
  settle(adapter: string): void {
    this.#sought.set(adapter, SETTLED);
  }

  /**
   * Compares what the store says with the files: gone adapters leave, changed inputs make results stale. One pass at a
   * time; who asks during one waits for the next, which sees what has changed since.
   */
  verify(): Promise<void> {
    this.#nextPass ??= this.#pass.then(() => {
      this.#nextPass = undefined;
      const pass = this.#verifyAll();
      this.#pass = pass.catch(() => undefined);
      return pass;
    });
    return this.#nextPass;
  }

  async #verifyAll(): Promise<void> {
    for (const adapter of [...this.#unseen]) await this.restore(adapter);
    for (const { adapter } of this.#parts.store.adapters) {
      if ((await this.#isThere(adapter)) === false) this.#remove(adapter);
      else await this.verifyInputs(adapter);
    }
  }

  /** Says of the result that the adapter has then whether its files changed. */
  async verifyInputs(adapter: string): Promise<void> {
    const { store, translate } = this.#parts;
    for (;;) {
      const document = store.get(adapter)?.document ?? null;
      if (document === null) return;
      const stale = await findStale(document.inputs, translate);
      // A run may have ended meanwhile: then this was about files of the result before.
      if (store.get(adapter)?.document === document) return store.setStale(adapter, stale);
    }
  }

  #once(adapter: string, load: () => Promise<AnalysisDocument | undefined>): Promise<void> {
    const before = this.#sought.get(adapter);
    if (before !== undefined || !this.#isWanted(adapter)) return before ?? SETTLED;
    const sought = this.#restore(adapter, load);
    this.#sought.set(adapter, sought);
    return sought;
  }

  async #restore(adapter: string, load: () => Promise<AnalysisDocument | undefined>): Promise<void> {
    let shown = false;
    try {
      const document = await load();
      shown = document !== undefined && (await this.#show(document));
    } catch (thrown) {
      this.#tell(adapter, thrown);
    }
    // What cannot be shown now may be later: a drive is plugged in, a file comes back.
    if (!shown && this.#sought.get(adapter) !== SETTLED) this.#sought.delete(adapter);
  }

  /** Whether something of an earlier session is better than what is there or on its way. To be asked after each wait. */
  #isWanted(adapter: string): boolean {
    const state = this.#parts.store.get(adapter);
    if (this.#sought.get(adapter) === SETTLED) return false;
    return (state?.document ?? null) === null && state?.run.kind !== 'running';
  }

  async #show(document: AnalysisDocument): Promise<boolean> {
    const { store, cache, translate, onShown } = this.#parts;
    const { adapter, inputs } = document;
    const there = await this.#isThere(adapter);
    if (there === undefined) return false;
    if (!there) {
      // A drive may only be unplugged: its results go when the folder around them can be seen, and the file cannot.
      const isDeleted = await exists(path.dirname(path.dirname(adapter)));
      if (isDeleted && this.#isWanted(adapter)) await cache.remove(adapter);
      return false;
    }
    const stale = await findStale(inputs, translate);
    if (!this.#isWanted(adapter)) return false;
    store.setDocument(adapter, document, stale);
    onShown(document);
    return true;
  }

  /** Undefined: it cannot be told. */
  async #isThere(adapter: string): Promise<boolean | undefined> {
    try {
      const there = await exists(adapter);
      this.#unseen.delete(adapter);
      return there;
    } catch (thrown) {
      this.#tell(adapter, thrown);
      return undefined;
    }
  }

  #tell(adapter: string, thrown: unknown): void {
    if (this.#unseen.has(adapter)) return;
    this.#unseen.add(adapter);
    this.#parts.log.warn(`${adapter} cannot be looked at now: ${render(toErrorData(thrown).message)}`);
  }

  #remove(adapter: string): void {
    this.#sought.delete(adapter);
    this.#parts.store.remove(adapter);
  }
}
