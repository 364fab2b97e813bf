import { setTimeout as delay } from 'node:timers/promises';

/** Waits for `work` for at most `milliseconds`; the work goes on after that. @throws what `work` rejects with in time */
export async function withTimeout(milliseconds: number, work: Promise<unknown>): Promise<void> {
  const abort = new AbortController();
  try {
    // An aborted delay rejects once the race is over: nobody hears of it.
    await Promise.race([work, delay(milliseconds, undefined, { signal: abort.signal })]);
  } finally {
    abort.abort();
  }
}
