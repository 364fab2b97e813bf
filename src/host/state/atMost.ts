import { setTimeout as delay } from 'node:timers/promises';

/**
 * Waits for `work`, but not longer than `milliseconds`; work that takes longer goes on.
 * @throws what `work` rejects with in that time; its caller hears of what comes later
 */
export async function atMost(milliseconds: number, work: Promise<unknown>): Promise<void> {
  const abort = new AbortController();
  try {
    // An aborted delay rejects after the race is over, so that nobody hears of it.
    await Promise.race([work, delay(milliseconds, undefined, { signal: abort.signal })]);
  } finally {
    abort.abort();
  }
}
