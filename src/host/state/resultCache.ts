import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import * as path from 'node:path';
import { toErrorData } from '../../core/errors';
import type { AnalysisDocument } from '../../core/report/analysis';
import { writeFileAtomically } from '../../io/atomicWrite';
import type { Log } from '../log';
import { exists, isMissing, keyOf } from './identity';
import { render } from '../../core/message';

/** A result of 100,000 modules takes about 150 MB as JSON; what is larger was not written by us. */
const MAX_CACHED_BYTES = 512 * 1024 * 1024;

/** Results of earlier sessions, one JSON file for each adapter, in the extension's storage folder. */
export class ResultCache {
  readonly #folder: string;
  readonly #log: Log;
  /** The last change of each file that is under way: changes of one file happen in the order they were asked for. */
  readonly #changes = new Map<string, Promise<void>>();

  /** @param folder absolute path; made on first write */
  constructor(folder: string, log: Log) {
    this.#folder = folder;
    this.#log = log;
  }

  /** Every readable result. A corrupt file is left out with a line in the log, and taken away. */
  async loadAll(): Promise<AnalysisDocument[]> {
    const documents: AnalysisDocument[] = [];
    for (const name of await this.#names()) {
      const document = await this.#load(path.join(this.#folder, name));
      if (document !== undefined) documents.push(document);
    }
    return documents;
  }

  /** Never throws: a result that cannot be kept is still shown, and the log says so. */
  save(document: AnalysisDocument): Promise<void> {
    const file = this.#file(document.adapter);
    return this.#inTurn(file, async () => {
      try {
        await mkdir(this.#folder, { recursive: true });
        await writeFileAtomically(file, JSON.stringify(document), { replace: true });
      } catch (thrown) {
        this.#log.warn(
          `The result of ${document.adapter} could not be kept: ${render(toErrorData(thrown).message)}`,
        );
      }
    });
  }

  /** Waits for every change that is under way: what was saved before is on the disk then. Never throws. */
  async flush(): Promise<void> {
    await Promise.allSettled(this.#changes.values());
  }

  /** The kept result of one adapter, or undefined. */
  async load(adapter: string): Promise<AnalysisDocument | undefined> {
    const file = this.#file(adapter);
    return (await exists(file)) ? this.#load(file) : undefined;
  }

  /** Takes away what is kept of an adapter, also what is being saved now. */
  remove(adapter: string): Promise<void> {
    const file = this.#file(adapter);
    return this.#inTurn(file, () => rm(file, { force: true }));
  }

  #inTurn(file: string, change: () => Promise<void>): Promise<void> {
    const before = this.#changes.get(file);
    // Without an earlier change at once: nothing may come between a result and its file.
    const made = before === undefined ? change() : before.then(change, change);
    this.#changes.set(file, made);
    const forget = (): void => {
      if (this.#changes.get(file) === made) this.#changes.delete(file);
    };
    made.then(forget, forget);
    return made;
  }

  #file(adapter: string): string {
    return path.join(this.#folder, `${keyOf(adapter)}.json`);
  }

  async #names(): Promise<readonly string[]> {
    try {
      return (await readdir(this.#folder)).filter((name) => name.endsWith('.json')).sort();
    } catch (thrown) {
      if (!isMissing(thrown)) this.#log.warn(`No kept results: ${render(toErrorData(thrown).message)}`);
      return [];
    }
  }

  async #load(file: string): Promise<AnalysisDocument | undefined> {
    try {
      const { size } = await stat(file);
      if (size > MAX_CACHED_BYTES) throw new Error(`${size} bytes are more than a result can have`);
      // Loaded on first use: the schema library is no part of activation.
      const { parseAnalysis } = await import('../../core/report/json');
      const document = parseAnalysis(await readFile(file, 'utf8'), file);
      if (this.#file(document.adapter) !== file)
        throw new Error('it is about another adapter than its name says');
      return document;
    } catch (thrown) {
      this.#log.warn(`A kept result was left out (${file}): ${render(toErrorData(thrown).message)}`);
      await this.#takeAway(file);
      return undefined;
    }
  }

  async #takeAway(file: string): Promise<void> {
    try {
      await rm(file, { force: true });
    } catch (thrown) {
      this.#log.warn(`It could not be taken away: ${render(toErrorData(thrown).message)}`);
    }
  }
}
