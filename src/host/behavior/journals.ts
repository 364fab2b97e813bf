import { createHash } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import * as path from 'node:path';
import type { MeasureRequest } from '../../protocol/evaluatorApi';
import { isMissing, keyOf } from '../state/keptResults';

/** What the answers depend on, and more. */
type JournalKey = Pick<MeasureRequest, 'adapter'> & Partial<MeasureRequest>;

/** What runs keep that are not finished, above all answers: a file for each adapter and set of questions. */
export class Journals {
  readonly #folder: string;

  /** @param storage absolute path of the extension's storage */
  constructor(storage: string, of: 'measurements' | 'fits') {
    this.#folder = path.join(storage, of);
  }

  /** The journal of a request. More or other prompts of the same suites go on with it. */
  async fileOf(request: JournalKey): Promise<string> {
    const { split: _split, limit: _limit, journal: _journal, ...rest } = request;
    await mkdir(this.#folder, { recursive: true });
    const hash = createHash('sha256').update(JSON.stringify(rest)).digest('hex').slice(0, 16);
    return path.join(this.#folder, `${keyOf(request.adapter)}-${hash}.jsonl`);
  }

  /** Deletes the journals of an adapter: after a result that has all answers, or when results are cleared. */
  async remove(adapter: string): Promise<void> {
    for (const name of await this.#names())
      if (name.startsWith(`${keyOf(adapter)}-`)) await rm(path.join(this.#folder, name), { force: true });
  }

  async #names(): Promise<readonly string[]> {
    try {
      return await readdir(this.#folder);
    } catch (thrown) {
      if (isMissing(thrown)) return [];
      throw thrown;
    }
  }
}
