import { cancelled } from '../../core/errors';

interface Job<T> {
  readonly fingerprint: string;
  readonly abort: AbortController;
  /** Number of callers that wait. Those with a batch can leave. */
  waiting: number;
  readonly batches: Set<AbortController>;
  readonly result: Promise<T>;
}

/** Running jobs, at most one per key. */
export class Jobs<T> {
  readonly #jobs = new Map<string, Job<T>>();
  readonly #batches = new Set<AbortController>();
  readonly #onReplaced: (key: string) => void;

  /** @param onReplaced called when a job is cancelled for another one with the same key */
  constructor(onReplaced: (key: string) => void) {
    this.#onReplaced = onReplaced;
  }

  get keys(): readonly string[] {
    return [...this.#jobs.keys()];
  }

  /**
   * Joins the job with this key and fingerprint, or starts one. A job with another fingerprint is cancelled first and has
   * ended before the new one starts.
   * @param batch when it is aborted, this caller leaves: the job continues for its other callers, and ends without any
   */
  start(
    key: string,
    fingerprint: string,
    work: (abort: AbortController) => Promise<T>,
    batch?: AbortController,
  ): Promise<T> {
    if (batch?.signal.aborted === true) return Promise.reject(cancelled());
    const running = this.#jobs.get(key);
    if (running?.fingerprint === fingerprint && !running.abort.signal.aborted) return join(running, batch);
    this.stopOther(key, fingerprint);
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
    const job: Job<T> = { fingerprint, abort, waiting: 0, batches: new Set(), result: run() };
    this.#jobs.set(key, job);
    return join(job, batch);
  }

  /** Runs several jobs as one: cancelling the one that runs, or all, cancels the rest of the batch. */
  async batch<R>(work: (batch: AbortController) => PromiseLike<R>): Promise<R> {
    const batch = new AbortController();
    this.#batches.add(batch);
    try {
      return await work(batch);
    } finally {
      this.#batches.delete(batch);
    }
  }

  stopOther(key: string, fingerprint: string): void {
    const job = this.#jobs.get(key);
    if (job === undefined || job.fingerprint === fingerprint || job.abort.signal.aborted) return;
    this.#onReplaced(key);
    job.abort.abort();
  }

  /** Cancels one job, or all, and every batch that waits for it. @returns the number of jobs */
  cancel(key?: string): number {
    const jobs = [...this.#jobs].filter(([own]) => key === undefined || own === key);
    // A batch that is between two jobs waits for none.
    const batches = key === undefined ? this.#batches : jobs.flatMap(([, job]) => [...job.batches]);
    for (const batch of batches) batch.abort();
    for (const [, job] of jobs) job.abort.abort();
    return jobs.length;
  }
}

/** The job's result, until the batch is aborted. The last caller to leave cancels the job. */
function join<T>(job: Job<T>, batch: AbortController | undefined): Promise<T> {
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
