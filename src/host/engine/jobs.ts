import { cancelled } from '../../core/errors';

/** How one job is told from another: the same text asks the same. */
export type Question = string;

interface Job<T> {
  readonly question: Question;
  readonly abort: AbortController;
  /** How many wait for it; those who do so as part of something larger can leave. */
  waiting: number;
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
   * @param batch once it ends, the job is not waited for any longer: it goes on for others who do, and ends without any
   */
  start(
    key: string,
    question: Question,
    work: (abort: AbortController) => Promise<T>,
    batch?: AbortController,
  ): Promise<T> {
    if (batch?.signal.aborted === true) return Promise.reject(cancelled());
    const running = this.#jobs.get(key);
    if (running?.question === question && !running.abort.signal.aborted) return waited(running, batch);
    this.stopOther(key, question);
    const abort = new AbortController();
    const run = async (): Promise<T> => {
      try {
        await running?.result.catch(() => undefined);
        if (abort.signal.aborted) throw cancelled();
        return await work(abort);
      } finally {
        if (this.#jobs.get(key)?.abort === abort) this.#jobs.delete(key);
      }
    };
    const job: Job<T> = { question, abort, waiting: 0, batches: new Set(), result: run() };
    this.#jobs.set(key, job);
    return waited(job, batch);
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

/** The result of a job, for as long as the batch is wanted. Who leaves last ends the job. */
function waited<T>(job: Job<T>, batch: AbortController | undefined): Promise<T> {
  job.waiting += 1;
  if (batch === undefined) return job.result;
  job.batches.add(batch);
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      job.waiting -= 1;
      if (job.waiting === 0) job.abort.abort();
      else reject(cancelled());
    };
    batch.signal.addEventListener('abort', leave, { once: true });
    job.result.then(resolve, reject).finally(() => batch.signal.removeEventListener('abort', leave));
  });
}
