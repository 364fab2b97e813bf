import { stat } from 'node:fs/promises';
import type { ErrorCode, ErrorData } from '../../core/errors';
import { say } from '../../core/message';
import { Disposable } from '../disposable';

/** What a file may cause that a trainer or a download is writing at the moment. */
const UNFINISHED: ReadonlySet<ErrorCode> = new Set(['bad-safetensors', 'bad-config', 'bad-index', 'io']);
/** A file that was not written for longer is as its writer left it. */
const RECENT_MS = 60_000;
const POLL_MS = 1000;
/** Looks without a change after which a file counts as saved. */
const QUIET_POLLS = 3;
/** Some minutes of changes; a download of hours is analyzed again by hand. */
const MAX_POLLS = 600;

interface Wait {
  print: string;
  quiet: number;
  polls: number;
  timer?: NodeJS.Timeout;
}

/** Tries again what failed on a file that was still being written, once the file stops changing. */
export class SaveWatch extends Disposable {
  readonly #waits = new Map<string, Wait>();
  /** The state of the file at the last failure: what fails twice on the same bytes is broken. */
  readonly #failed = new Map<string, string>();

  constructor(private readonly pollMs = POLL_MS) {
    super();
    this._register({ dispose: () => [...this.#waits.keys()].forEach((key) => this.stop(key)) });
  }

  /**
   * Looks whether the file of an error may still be being saved, and then calls `again` when it is not any more.
   * @param key of the adapter, which has one wait at most
   * @returns the error with that as its advice; the error itself if the file is not to blame
   */
  async explain(key: string, error: ErrorData, again: () => void): Promise<ErrorData> {
    this.stop(key);
    const file = error.file ?? key;
    const found = UNFINISHED.has(error.code) ? await look(file) : undefined;
    if (found === undefined || found.ageMs > RECENT_MS || this.#failed.get(key) === found.print) return error;
    this.#failed.set(key, found.print);
    const wait: Wait = { print: found.print, quiet: 0, polls: 0 };
    this.#waits.set(key, wait);
    this.#poll(key, file, wait, again);
    return {
      ...error,
      advice: say('The file may still be being saved. SPLoRA tries again once it stops changing.'),
    };
  }

  stop(key: string): void {
    clearTimeout(this.#waits.get(key)?.timer);
    this.#waits.delete(key);
  }

  #poll(key: string, file: string, wait: Wait, again: () => void): void {
    wait.timer = setTimeout(() => {
      look(file).then(
        (found) => {
          if (this.#waits.get(key) !== wait) return;
          wait.quiet = found?.print === wait.print ? wait.quiet + 1 : 0;
          wait.polls += 1;
          if (found === undefined || wait.polls > MAX_POLLS) this.stop(key);
          else if (wait.quiet < QUIET_POLLS) {
            wait.print = found.print;
            this.#poll(key, file, wait, again);
          } else {
            this.stop(key);
            again();
          }
        },
        // `look` answers for what it cannot see.
        () => this.stop(key),
      );
    }, this.pollMs);
  }
}

/** Undefined: there is nothing to be seen. */
async function look(file: string): Promise<{ print: string; ageMs: number } | undefined> {
  try {
    const { size, mtimeMs } = await stat(file);
    return { print: `${String(size)} ${String(mtimeMs)}`, ageMs: Date.now() - mtimeMs };
  } catch {
    return undefined;
  }
}
