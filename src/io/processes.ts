import { createHash } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { errnoCode } from './ioError';

/** Whether there is a process with this id, on this machine and in this container. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return errnoCode(thrown) !== 'ESRCH'; // EPERM: it lives, and is another user's
  }
}

/** Process ids mean something only on one machine and in one container: a folder may be shared between several. */
export function processNamespace(): string {
  let container = '';
  try {
    if (process.platform === 'linux') container = readlinkSync('/proc/self/ns/pid');
  } catch (thrown) {
    if (errnoCode(thrown) === undefined) throw thrown; // no /proc here: machine and system must do
  }
  return createHash('sha256')
    .update(`${process.platform} ${hostname()} ${container}`)
    .digest('hex')
    .slice(0, 8);
}
