import { cancelled } from '../core/errors';

/**
 * Runs heavy jobs one after another, in the order they came: they would only take each other's memory and cores. It is
 * on the calling side, so that a job that takes the process along takes none of those that wait.
 */
export class JobQueue {
  private last: Promise<unknown> = Promise.resolve();

  /** Rejects with `cancelled` when the signal is aborted before the job's turn. */
  run<T>(signal: AbortSignal | undefined, job: () => Promise<T>): Promise<T> {
    const turn = this.last;
    const begin = async (): Promise<T> => {
      await unlessAborted(turn, signal);
      return job();
    };
    const result = begin();
    // The next job starts whether this one ended well or not; its own caller hears of a failure.
    this.last = turn.then(() => result.catch(() => undefined));
    return result;
  }
}

/** Ends with `turn`, or rejects as soon as the signal is aborted. */
async function unlessAborted(turn: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  let stop = (): void => undefined;
  const gaveUp = new Promise<never>((_resolve, reject) => {
    stop = () => reject(cancelled());
  });
  if (signal?.aborted === true) stop();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    await Promise.race([turn, gaveUp]);
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}
