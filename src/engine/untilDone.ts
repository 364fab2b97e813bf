import { once } from 'node:events';
import type { WorkerPool } from './workers/pool';
import type { JobSignals } from './workers/signals';

const PROGRESS_INTERVAL_MS = 100;

/**
 * Waits for a job's loops over the threads of the pool, then closes their files. A cancelled job answers at once: its
 * threads stop within a few milliseconds, and their next task waits for that.
 * @param job `report` is called ten times a second
 * @throws what a loop throws, or the signal's reason
 */
export async function untilDone(
  loops: readonly Promise<unknown>[],
  job: {
    readonly pool: WorkerPool;
    readonly signals: JobSignals;
    readonly signal: AbortSignal;
    readonly report: () => void;
  },
): Promise<void> {
  const { pool, signals, signal, report } = job;
  const timer = setInterval(report, PROGRESS_INTERVAL_MS);
  const settled = new AbortController();
  const aborted = once(signal, 'abort', { signal: settled.signal }).then(() => {
    signal.throwIfAborted();
  });
  try {
    await Promise.race([Promise.all(loops), aborted]);
  } catch (thrown) {
    signals.cancel();
    throw thrown;
  } finally {
    settled.abort();
    clearInterval(timer);
    const closed = pool.closeFiles();
    if (!signal.aborted) await closed;
  }
}
