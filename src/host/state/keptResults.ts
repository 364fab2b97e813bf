import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import * as path from 'node:path';
import { toErrorData } from '../../core/errors';
import { render } from '../../core/message';
import type { AnalysisDocument, AnalysisOptions } from '../../core/report/analysis';
import { RESULT_KINDS } from '../../core/results';
import type { InputIdentity, ResultDocument, ResultKind } from '../../core/results/types';
import { writeFileAtomically } from '../../io/atomicWrite';
import { isAsFound } from '../../io/changedInput';
import { errnoCode } from '../../io/ioError';
import type { Localize } from '../format';
import type { Log } from '../log';
import type { AdapterStore } from './analysisStore';

/** A result of 100,000 modules takes about 150 MB as JSON; nothing larger was written by us. */
const MAX_CACHED_BYTES = 512 * 1024 * 1024;

export interface CachedResult {
  readonly kind: ResultKind;
  readonly document: ResultDocument;
}

/** Results of earlier sessions: a folder for each kind in the extension's storage, a JSON file for each adapter. */
export class ResultCache {
  /** The last change: files are changed one after the other, in the order of the calls. */
  #lastChange: Promise<void> = Promise.resolve();

  /** @param storage absolute path; made on first write */
  constructor(
    private readonly storage: string,
    private readonly log: Log,
    readonly kinds: readonly ResultKind[] = Object.values(RESULT_KINDS),
  ) {}

  /** Every readable result. A corrupt file is deleted, with a line in the log. */
  async loadAll(): Promise<CachedResult[]> {
    const results: CachedResult[] = [];
    for (const kind of this.kinds) {
      for (const name of await this.#names(kind)) {
        const document = await this.#read(kind, path.join(this.storage, kind.folder, name));
        if (document !== undefined) results.push({ kind, document });
      }
    }
    return results;
  }

  load(kind: ResultKind, adapter: string): Promise<ResultDocument | undefined> {
    return this.#read(kind, this.#file(kind, adapter));
  }

  /** Never throws: a result that cannot be saved is still shown. */
  save(kind: ResultKind, document: ResultDocument): Promise<void> {
    const file = this.#file(kind, document.adapter);
    return this.#inTurn(async () => {
      try {
        await mkdir(path.dirname(file), { recursive: true });
        await writeFileAtomically(file, JSON.stringify(document), { replace: true });
      } catch (thrown) {
        this.#warn(`The ${kind.id} of ${document.adapter} could not be kept`, thrown);
      }
    });
  }

  remove(kind: ResultKind, adapter: string): Promise<void> {
    return this.#inTurn(() => rm(this.#file(kind, adapter), { force: true }));
  }

  /** Waits for every pending change. Never throws. */
  flush(): Promise<void> {
    return this.#lastChange;
  }

  #inTurn(change: () => Promise<void>): Promise<void> {
    const made = this.#lastChange.then(change);
    this.#lastChange = made.catch(() => undefined);
    return made;
  }

  #file(kind: ResultKind, adapter: string): string {
    return path.join(this.storage, kind.folder, `${keyOf(adapter)}.json`);
  }

  async #names(kind: ResultKind): Promise<readonly string[]> {
    try {
      const names = await readdir(path.join(this.storage, kind.folder));
      return names.filter((name) => name.endsWith('.json')).sort();
    } catch (thrown) {
      if (!isMissing(thrown)) this.#warn(`No kept results (${kind.id})`, thrown);
      return [];
    }
  }

  async #read(kind: ResultKind, file: string): Promise<ResultDocument | undefined> {
    try {
      const { size } = await stat(file);
      if (size > MAX_CACHED_BYTES) throw new Error(`${size} bytes are more than a result can have`);
      const document = await kind.parse(await readFile(file, 'utf8'), file);
      if (this.#file(kind, document.adapter) !== file)
        throw new Error('it is about another adapter than its name says');
      return document;
    } catch (thrown) {
      if (isMissing(thrown)) return undefined;
      this.#warn(`A kept result was left out (${file})`, thrown);
      await rm(file, { force: true }).catch((failure: unknown) =>
        this.#warn('It could not be taken away', failure),
      );
      return undefined;
    }
  }

  #warn(what: string, thrown: unknown): void {
    this.log.warn(`${what}: ${render(toErrorData(thrown).message)}`);
  }
}

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
   * Compares the store with the files: adapters that were deleted are removed, or marked if
   * they have results; changed inputs make results stale. One check at a
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
    for (const { adapter, results } of store.adapters) {
      const isThere = await this.#exists(adapter);
      const hasResult = Object.values(results).some((result) => result !== undefined);
      if (isThere === false && !hasResult) store.remove(adapter);
      else {
        if (isThere !== undefined) store.setGone(adapter, !isThere);
        for (const kind of cache.kinds) await this.verifyInputs(kind, adapter);
      }
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

/**
 * Why a result no longer describes its files, e.g. `adapter_config.json and 1 more changed`; null while it does.
 * Reads file times and sizes, no contents.
 */
export async function findStale(
  inputs: readonly InputIdentity[],
  t: Localize = (text, ...values) => render({ text, values }),
): Promise<string | null> {
  const changed: string[] = [];
  const added: string[] = [];
  const gone: string[] = [];
  const unreadable: string[] = [];
  for (const input of inputs) {
    const name = path.basename(input.path);
    try {
      if (!isAsFound(input, await stat(input.path))) (input.size === null ? added : changed).push(name);
    } catch (thrown) {
      if (!isMissing(thrown))
        unreadable.push(t('{0} cannot be read: {1}', name, render(toErrorData(thrown).message, t)));
      else if (input.size !== null) gone.push(name);
    }
  }
  const reasons = [
    changed.length > 0 && t('{0} changed', firstOf(changed, t)),
    added.length > 0 && t('{0} added', firstOf(added, t)),
    gone.length > 0 && t('{0} deleted', firstOf(gone, t)),
    ...unreadable,
  ].filter((reason) => reason !== false);
  return reasons.length === 0 ? null : reasons.join(', ');
}

/** A checkpoint has dozens of shards: the first is named, the others are counted. */
function firstOf([first = '', ...others]: readonly string[], t: Localize): string {
  return others.length === 0 ? first : t('{0} and {1} more', first, others.length);
}

/** True when nothing is at the path. */
export function isMissing(thrown: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(errnoCode(thrown) ?? '');
}

type Models = Pick<AnalysisDocument, 'base' | 'aligned'>;

/** Equal for analyses with the same models and options. */
export function fingerprintOf({ base, aligned }: Models, options: AnalysisOptions): string {
  const { population, scale, quartiles, loader = null } = options;
  return JSON.stringify([base, aligned, population, scale, quartiles, loader]);
}

/** A file name for an adapter's data: the path itself may hold anything and be too long. */
export function keyOf(adapter: string): string {
  return createHash('sha256').update(adapter).digest('hex').slice(0, 32);
}

/** Whether this user can see anything at the path. */
export async function exists(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (thrown) {
    if (isMissing(thrown)) return false;
    throw thrown;
  }
}
