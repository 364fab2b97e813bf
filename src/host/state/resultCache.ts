import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import * as path from 'node:path';
import { toErrorData } from '../../core/errors';
import { render } from '../../core/message';
import { RESULT_KINDS } from '../../core/results';
import type { ResultDocument, ResultKind } from '../../core/results/types';
import { writeFileAtomically } from '../../io/atomicWrite';
import type { Log } from '../log';
import { isMissing, keyOf } from './identity';

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
