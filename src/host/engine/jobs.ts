import { SploraError } from '../../core/errors';

/** How one job is told from another: the same text asks the same. */
export type Question = string;

interface Job<T> {
  readonly question: Question;
  readonly abort: AbortController;
  /** Whoever waits for it as part of something larger. */
  readonly batches: Set<AbortController>;
  readonly result: Promise<T>;
}

/** Work under way, at most one job for each key. Needs no VS Code. */
export class Jobs<T> {
  readonly #jobs = new Map<string, Job<T>>();
  readonly #batches = new Set<AbortController>();
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
   * @param batch ends the job that this call begins; one that it joins goes on, for whoever began it may want that, but
   * is not waited for any longer
   */
  start(
    key: string,
    question: Question,
    work: (abort: AbortController) => Promise<T>,
    batch?: AbortController,
  ): Promise<T> {
    if (batch?.signal.aborted === true) return Promise.reject(cancelled());
    const running = this.#jobs.get(key);
    if (running?.question === question && !running.abort.signal.aborted) return joined(running, batch);
    this.stopOther(key, question);
    const abort = new AbortController();
    const stop = (): void => abort.abort();
    batch?.signal.addEventListener('abort', stop);
    const run = async (): Promise<T> => {
      try {
        await running?.result.catch(() => undefined);
        if (abort.signal.aborted) throw cancelled();
        return await work(abort);
      } finally {
        batch?.signal.removeEventListener('abort', stop);
        if (this.#jobs.get(key)?.abort === abort) this.#jobs.delete(key);
      }
    };
    const result = run();
    this.#jobs.set(key, { question, abort, batches: new Set(batch === undefined ? [] : [batch]), result });
    return result;
  }

  /** Several jobs as one: whoever cancels the job that it waits for, or all, ends the rest of it too. */
  async batch<R>(work: (batch: AbortController) => PromiseLike<R>): Promise<R> {
    const batch = new AbortController();
    this.#batches.add(batch);
    try {
      return await work(batch);
    } finally {
      this.#batches.delete(batch);
    }
  }

  /** Cancels the job with this key where it asks something else. */
  stopOther(key: string, question: Question): void {
    const job = this.#jobs.get(key);
    if (job === undefined || job.question === question || job.abort.signal.aborted) return;
    this.#onReplaced(key);
    job.abort.abort();
  }

  /** Cancels one job, or all, and every batch that waits for it. @returns how many jobs there were */
  cancel(key?: string): number {
    const jobs = [...this.#jobs].filter(([own]) => key === undefined || own === key);
    // Between two of its jobs a batch waits for none.
    const batches = key === undefined ? this.#batches : jobs.flatMap(([, job]) => [...job.batches]);
    for (const batch of batches) batch.abort();
    for (const [, job] of jobs) job.abort.abort();
    return jobs.length;
  }
}

/** The result of a job that another call began, for as long as the batch is wanted. */
async function joined<T>(job: Job<T>, batch: AbortController | undefined): Promise<T> {
  if (batch === undefined) return job.result;
  job.batches.add(batch);
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(cancelled());
    batch.signal.addEventListener('abort', stop, { once: true });
    if (batch.signal.aborted) stop();
    job.result.then(resolve, reject).finally(() => batch.signal.removeEventListener('abort', stop));
  });
}

function cancelled(): SploraError {
  return new SploraError({ code: 'cancelled', message: 'Cancelled before it ended.' });
}
