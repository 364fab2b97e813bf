/** The two things install.mjs needs of the operating system: to run a program, and to hold a lock. */
import { spawn, spawnSync } from 'node:child_process';

/** This machine cannot have a real host, for a reason that is no fault of the code. */
export class UnavailableError extends Error {}

/** Compilers print megabytes of warnings; the end of it is where the reason stands. */
const TAIL_CHARACTERS = 4000;
const OUTPUT_LIMIT_BYTES = 256 * 1024 * 1024;

/**
 * Runs a program to its end, quietly; throws with the end of its output when it fails.
 * @param {string[]} command
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 */
export function run(command, options = {}) {
  const [program, ...args] = command;
  const result = spawnSync(program, args, {
    ...options,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: OUTPUT_LIMIT_BYTES,
  });
  if (result.error || result.status !== 0) {
    const how = result.error?.message ?? `exit ${result.status ?? result.signal}`;
    const output = `${result.stdout ?? ''}\n${result.stderr ?? ''}`.slice(-TAIL_CHARACTERS);
    throw new Error(`${command.join(' ')} failed (${how}):\n${output}`);
  }
  return result.stdout;
}

/**
 * Waits for an exclusive lock on a file and returns what lets go of it. The lock is the kernel's
 * (flock), held by a child whose standard input we keep open: however this process dies, the pipe
 * closes, the child ends and the lock is free. A lock file with a pid in it can be left behind.
 * @param {string} file
 * @param {number} waitMs
 * @param {(line: string) => void} log
 * @returns {Promise<() => Promise<void>>}
 */
export async function holdLock(file, waitMs, log) {
  const seconds = String(Math.ceil(waitMs / 1000));
  const holder = 'echo held; exec cat >/dev/null';
  const child = spawn('flock', ['--exclusive', '--wait', seconds, file, 'sh', '-c', holder], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const patience = setTimeout(() => log('waiting for another installation to end'), 2000);
  try {
    await new Promise((resolve, reject) => {
      child.once('error', (error) => reject(new UnavailableError(`no flock here: ${error.message}`)));
      child.once('exit', () => reject(new Error(`${file} was still locked after ${seconds} s`)));
      child.stdout.once('data', resolve);
    });
  } finally {
    clearTimeout(patience);
  }
  return async () => {
    child.stdin.end();
    await ended;
  };
}
