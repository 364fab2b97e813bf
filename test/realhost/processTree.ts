import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Every process of one server carries this variable with a value of its own. Descent alone does not
 * find them all: VS Code detaches its extension host and terminals, and an orphan has a new parent.
 */
export const TREE_VARIABLE = 'SPLORA_REALHOST_TREE';

/** How long the processes get to end by themselves: enough to write their state to disk. */
const GRACE_MS = 3000;
const POLL_MS = 50;
const KILL_WAIT_MS = 60_000;

/** Ids of the living processes that carry the mark (Linux: /proc). */
function processesOf(mark: string): number[] {
  const wanted = `${TREE_VARIABLE}=${mark}`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => environmentOf(name).includes(wanted))
    .map(Number)
    .filter((pid) => pid !== process.pid);
}

/** A process that ended meanwhile, a zombie, or another user's reads as an empty environment. */
function environmentOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

/** Ends all processes that carry the mark: asks first, then kills; resolves when none is left. */
export async function endProcesses(mark: string): Promise<void> {
  signalAll(mark, 'SIGTERM');
  if (await goneWithin(mark, GRACE_MS, undefined)) return;
  if (!(await goneWithin(mark, KILL_WAIT_MS, 'SIGKILL')))
    throw new Error(`processes ${processesOf(mark).join(', ')} survived SIGKILL`);
}

/** The same for the moment in which this process exits, when nothing can be awaited any more. */
export function killProcessesNow(mark: string): void {
  signalAll(mark, 'SIGKILL');
}

/** The signal is sent anew at each look, because a living process may have started another one. */
async function goneWithin(
  mark: string,
  milliseconds: number,
  signal: NodeJS.Signals | undefined,
): Promise<boolean> {
  const deadline = Date.now() + milliseconds;
  while (processesOf(mark).length > 0) {
    if (Date.now() > deadline) return false;
    if (signal !== undefined) signalAll(mark, signal);
    await sleep(POLL_MS);
  }
  return true;
}

function signalAll(mark: string, signal: NodeJS.Signals): void {
  for (const pid of processesOf(mark)) {
    try {
      process.kill(pid, signal);
    } catch {
      // It ended between the look and the signal.
    }
  }
}
