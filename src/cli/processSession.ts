import { cancelled, toErrorData } from '../core/errors';
import { visibleLines } from '../core/report/escape';

/** The end of what a process printed explains a crash. */
const MAX_OUTPUT = 4000;

/**
 * Runs `work` with a process that is gone when this returns. The first SIGINT or SIGTERM cancels, so that the process
 * removes half-written files; a second one exits at once.
 * @param start gets the listener for what the process prints
 * @throws SploraError `cancelled` after a signal, whatever the call ended with
 */
export async function withProcess<P extends { dispose(): Promise<void> }, T>(
  start: (onOutput: (text: string) => void) => P,
  work: (process: P, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const abort = new AbortController();
  const onSignal = (): void => {
    if (abort.signal.aborted) process.exit(130);
    abort.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  let output = '';
  const started = start((text) => (output = (output + text).slice(-MAX_OUTPUT)));
  try {
    return await work(started, abort.signal);
  } catch (error) {
    if (abort.signal.aborted) throw cancelled({ cause: error });
    if (toErrorData(error).code === 'process-crashed' && output !== '')
      process.stderr.write(`${visibleLines(output, MAX_OUTPUT)}\n`);
    throw error;
  } finally {
    await started.dispose();
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}
