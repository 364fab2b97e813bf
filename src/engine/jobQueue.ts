/** Runs heavy jobs one after another, in the order they came: they would only take each other's memory and cores. */
export class JobQueue {
  private last: Promise<unknown> = Promise.resolve();

  /** Rejects with the signal's reason when it is aborted before the job's turn. */
  async run<T>(signal: AbortSignal, job: () => Promise<T>): Promise<T> {
    const turn = this.last.then(() => {
      signal.throwIfAborted();
      return job();
    });
    // The next job starts whether this one ended well or not; its own caller hears of a failure.
    this.last = turn.catch(() => undefined);
    return await turn;
  }
}
