import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { ChildMessage, Failure } from './child';
import { TARGETS } from './targets';

export interface FuzzReport {
  readonly inputs: ReadonlyMap<string, number>;
  readonly kept: ReadonlyMap<string, number>;
  readonly failures: readonly Failure[];
  readonly slowestMs: number;
  /** How much the process grew at its peak beyond what it had after loading. */
  readonly grownBytes: number;
}

/** From a file below 1 MB no more than this may be allocated; the heap's own garbage is kept far below. */
export const GROWTH_MAX = 256 * 1024 * 1024;
const HEAP_MB = 96;
/** A batch that has not ended by then hangs; slow inputs are told by the child itself, by processor time. */
const BATCH_MS_MAX = 150_000;
const FAILURES_MAX = 10;

/**
 * Fuzzes in a process of its own for `seconds`, but each target at least once; stops early after some failures or a hang. The batch under way at the end
 * is waited for, so that a hang is seen however short the run; an end that was not ours (out of memory) is a failure.
 */
export async function fuzz(seconds: number, seed: number): Promise<FuzzReport> {
  const inputs = new Map<string, number>();
  const kept = new Map<string, number>();
  const failures: Failure[] = [];
  const seen = { slowestMs: 0, baseBytes: 0, peakBytes: 0, last: '', lastAt: performance.now() };
  const child = fork(join(import.meta.dirname, 'child.ts'), [String(seed)], {
    execArgv: ['--import', 'tsx', `--max-old-space-size=${HEAP_MB}`, '--max-semi-space-size=8'],
  });
  const fail = (what: string): void => {
    failures.push({ target: seen.last, what: `${what} (${seen.last})`, inputBase64: '' });
  };
  const exited = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => {
      resolve(signal ?? `exit code ${code}`);
    });
  });
  const run = { endedByUs: false };
  const end = (): void => {
    run.endedByUs = true;
    child.kill('SIGKILL');
  };
  const endsAt = performance.now() + seconds * 1000;
  const watch = setInterval(() => {
    if (performance.now() - seen.lastAt < BATCH_MS_MAX) return;
    fail('it hangs');
    end();
  }, 1000);
  child.on('message', (raw) => {
    const message = raw as ChildMessage; // only child.ts speaks here
    seen.lastAt = performance.now();
    if (message.type === 'ready') seen.baseBytes = message.rssBytes;
    else if (message.type === 'starting') seen.last = `${message.target}, seed ${message.seed}`;
    else if (message.type === 'failed') failures.push(message);
    else {
      inputs.set(message.target, (inputs.get(message.target) ?? 0) + message.inputs);
      kept.set(message.target, message.kept);
      seen.slowestMs = Math.max(seen.slowestMs, message.slowestMs);
      seen.peakBytes = message.peakRssBytes;
      if (performance.now() >= endsAt && inputs.size === TARGETS.length) end();
    }
    if (failures.length >= FAILURES_MAX) end();
  });
  const how = await exited;
  clearInterval(watch);
  if (!run.endedByUs) fail(`the process ended by itself: ${how}`);
  const grownBytes = Math.max(0, seen.peakBytes - seen.baseBytes);
  if (grownBytes > GROWTH_MAX) fail(`memory grew by ${grownBytes} bytes`);
  return { inputs, kept, failures, slowestMs: seen.slowestMs, grownBytes };
}

/** The counters as text. */
export function describeReport({ inputs, kept, failures, slowestMs, grownBytes }: FuzzReport): string {
  const total = [...inputs.values()].reduce((sum, count) => sum + count, 0);
  return [
    ...[...inputs].map(
      ([target, count]) =>
        `${target.padEnd(14)}${String(count).padStart(10)} inputs, ${kept.get(target) ?? 0} kept`,
    ),
    `${total} inputs tried, ${failures.length} failures; slowest ${slowestMs.toFixed(0)} ms, memory grew by ${(grownBytes / 2 ** 20).toFixed(0)} MiB`,
    ...failures.map(
      ({ target, what, inputBase64 }) =>
        `FAILED ${target}: ${what}\n  input (base64): ${inputBase64.slice(0, 4000)}`,
    ),
  ].join('\n');
}
