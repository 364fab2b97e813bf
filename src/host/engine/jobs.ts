import { SploraError } from '../../core/errors';

/** How one job is told from another: the same text asks the same. */
export type Question = string;

interface Job<T> {
  readonly question: Question;
  readonly abort: AbortController;
  readonly result: Promise<T>;
}

/** Work under way, at most one job for each key. Needs no VS Code. */
export class Jobs<T> {
  readonly #jobs = new Map<string, Job<T>>();
  readonly #onReplaced: (key: string) => void;

  /** @param onReplaced hears of a job that ends for another one with the same key */
  constructor(onReplaced: (key: string) => void) {
    this.#onReplaced = onReplaced;
  }

  get keys(): readonly string[] {
    return [...this.#jobs.keys()];
  }

  /**
   * Joins the job with this key and question, or begins one. A job with another question is cancelled first, and has
   * ended before the new one begins: whoever asks last gets the answer to that.
   * @param signal ends the job that this call begins; one that it joins goes on, for whoever began it may want that
   */
  start(
    key: string,
    question: Question,
    work: (abort: AbortController) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    const running = this.#jobs.get(key);
    if (running?.question === question && !running.abort.signal.aborted) return running.result;
    this.stopOther(key, question);
    const abort = new AbortController();
    const stop = (): void => abort.abort();
    signal?.addEventListener('abort', stop);
    if (signal?.aborted === true) stop();
    const run = async (): Promise<T> => {
      try {
        await running?.result.catch(() => undefined);
        if (abort.signal.aborted)
          throw new SploraError({ code: 'cancelled', message: 'Cancelled before it began.' });
        return await work(abort);
      } finally {
        signal?.removeEventListener('abort', stop);
        if (this.#jobs.get(key)?.abort === abort) this.#jobs.delete(key);
      }
    };
    const result = run();
    this.#jobs.set(key, { question, abort, result });
    return result;
  }

  /** Cancels the job with this key where it asks something else. */
  stopOther(key: string, question: Question): void {
    const job = this.#jobs.get(key);
    if (job === undefined || job.question === question || job.abort.signal.aborted) return;
    this.#onReplaced(key);
    job.abort.abort();
  }

  /** Cancels one job, or all. @returns how many there were */
  cancel(key?: string): number {
    const jobs = [...this.#jobs].filter(([own]) => key === undefined || own === key);
    for (const [, job] of jobs) job.abort.abort();
    return jobs.length;
  }
}
