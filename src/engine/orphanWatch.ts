import { Worker } from 'node:worker_threads';

/** How often the thread looks. */
const INTERVAL_MS = 1000;

/**
 * Run by the thread. `process.exit` would only end the thread, so the whole process is killed; that cannot be asked of a
 * parent that is gone. On POSIX an orphan gets another parent; on Windows the number of the old one stays, and the
 * process with it is gone.
 */
const WATCH = `
const { workerData: { parent, graceMs, intervalMs } } = require('node:worker_threads');
const gone = () => {
  if (process.ppid !== parent) return true;
  try {
    process.kill(parent, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
};
const timer = setInterval(() => {
  if (!gone()) return;
  clearInterval(timer);
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), graceMs);
}, intervalMs);
`;

/**
 * Ends this process when its parent is gone, even while the main thread is busy and hears nothing of that. The thread
 * does not keep the process alive.
 * @param graceMs how long the main thread is given to clean up and leave by itself
 */
export function endWithParent(graceMs: number): void {
  const watch = new Worker(WATCH, {
    eval: true,
    execArgv: [],
    workerData: { parent: process.ppid, graceMs, intervalMs: INTERVAL_MS },
    resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 2 },
  });
  watch.unref();
  // It is only a net below the channel's own end: without it the engine works as well.
  watch.on('error', (error) =>
    process.stderr.write(`The watch over the parent process ended: ${error.message}\n`),
  );
}
