import { Worker } from 'node:worker_threads';

const INTERVAL_MS = 1000;

/**
 * Code of the thread. `process.exit` would end only the thread, so it kills the process. On POSIX an orphan gets another
 * parent; on Windows `ppid` stays, but no process has that id anymore.
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
 * Kills this process when its parent is gone, even while the main thread is too busy to notice. Does not keep the process
 * alive.
 * @param graceMs time for the main thread to clean up and exit by itself
 */
export function killWithParent(graceMs: number): void {
  const watch = new Worker(WATCH, {
    eval: true,
    execArgv: [],
    workerData: { parent: process.ppid, graceMs, intervalMs: INTERVAL_MS },
    resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 2 },
  });
  watch.unref();
  // Only a fallback for `disconnect`: the process works without it.
  watch.on('error', (error) => process.stderr.write(`The parent process is not watched: ${error.message}\n`));
}
