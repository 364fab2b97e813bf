import assert from 'node:assert/strict';
import { english } from '../../support/english';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { SploraError, type ErrorData } from '../../../src/core/errors';
import { startProcess, type Process, type ProcessOptions } from '../../../src/rpc/process';
import { collectingLog } from '../../support/log';
import { projectRoot } from '../../support/paths';
import type { ChildApi } from '../../support/rpcChild';

async function errorOf(promise: Promise<unknown>): Promise<ErrorData> {
  const error: unknown = await promise.then(
    () => assert.fail('the call did not fail'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof SploraError, String(error));
  return error.data;
}

describe('a process', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'splora-rpc-'));
  const file = path.join(folder, 'child.js');
  const running: Process<ChildApi>[] = [];
  before(() => {
    const entry = path.join(projectRoot, 'test/support/rpcChild.ts');
    buildSync({ entryPoints: [entry], bundle: true, platform: 'node', outfile: file });
  });
  afterEach(() => Promise.all(running.splice(0).map((child) => child.dispose())));
  after(() => rmSync(folder, { recursive: true }));

  const start = (options: Partial<ProcessOptions<ChildApi>> = {}): Process<ChildApi> => {
    const child = startProcess<ChildApi>(file, { name: 'child', ...options });
    running.push(child);
    return child;
  };
  /** A call that has begun in the process, and its end. */
  const begun = async (
    child: Process<ChildApi>,
    method: 'wait' | 'hang' | 'load',
    signal?: AbortSignal,
  ): Promise<{ readonly error: Promise<ErrorData> }> => {
    let error: Promise<ErrorData> | undefined;
    await new Promise<void>((onEvent) => {
      error = errorOf(child.call(method, null, { onEvent: () => onEvent(), ...(signal && { signal }) }));
    });
    assert.ok(error !== undefined);
    return { error };
  };
  const exited = (pid: number | undefined): boolean => {
    assert.ok(pid !== undefined);
    try {
      return !process.kill(pid, 0);
    } catch {
      return true;
    }
  };

  it('starts with the first call, answers, and has exited after dispose', async () => {
    const { log, lines } = collectingLog();
    const child = start({ log, env: { SPLORA_TEST: 'set' } });
    assert.equal(child.pid, undefined);
    assert.deepEqual(await Promise.all([child.call('echo', 'a'), child.call('echo', 'b')]), ['a', 'b']);
    assert.equal(await child.call('environment', 'SPLORA_TEST'), 'set');
    const { pid } = child;
    const { error } = await begun(child, 'wait');
    await child.dispose();
    assert.ok(exited(pid));
    assert.equal(english((await error).message), 'The child was stopped.');
    assert.equal((await errorOf(child.call('echo', 'late'))).code, 'cancelled');
    assert.equal(child.pid, undefined);
    assert.deepEqual(
      lines.filter((line) => /^(Starting|Ending)/.test(line)),
      ['Starting the child', 'Ending the child: it is disposed'],
    );
  });

  it('answers if a handler throws', async () => {
    const child = start();
    assert.equal(english((await errorOf(child.call('fail', 'a bug'))).message), 'a bug');
    assert.equal(await child.call('echo', 'a'), 'a');
  });

  it('starts nothing for a call that is cancelled before it begins', async () => {
    const child = start();
    const call = child.call('echo', 'a', { signal: AbortSignal.abort() });
    assert.equal((await errorOf(call)).code, 'cancelled');
    assert.equal(child.pid, undefined);
  });

  it('rejects every pending call after a crash, and starts again for the next call', async () => {
    const { log, lines } = collectingLog();
    let output = '';
    const child = start({ log, onOutput: (text) => (output += text) });
    const { error } = await begun(child, 'wait');
    const { pid } = child;
    const crashed = await errorOf(child.call('crash', null));
    assert.equal(crashed.code, 'process-crashed');
    assert.equal(english(crashed.message), 'The child process ended unexpectedly (SIGKILL).');
    assert.deepEqual(await error, crashed);
    assert.equal(lines.filter((line) => line.startsWith(english(crashed.message))).length, 1);
    assert.equal(await child.call('echo', 'a'), 'a');
    assert.notEqual(child.pid, pid);
    assert.equal(output, 'last words');
  });

  it('reports a file that cannot be run', async () => {
    const child = startProcess<ChildApi>(path.join(folder, 'missing.js'), { name: 'child' });
    assert.equal((await errorOf(child.call('echo', 'a'))).code, 'process-crashed');
  });

  it('runs serial calls one at a time, and those that wait outlive a crash', async () => {
    const child = start({ serial: ['heavy', 'crash'] });
    let active = 0;
    const heavy = async (ms: number): Promise<number> => {
      const onEvent = (): void => assert.equal(++active, 1);
      return await child.call('heavy', ms, { onEvent }).finally(() => active--);
    };
    const first = [heavy(30), heavy(1)];
    const crash = errorOf(child.call('crash', null));
    const last = heavy(1);
    const [pid] = await Promise.all(first);
    assert.equal((await crash).code, 'process-crashed');
    assert.notEqual(await last, pid);
  });

  it('cancels a waiting serial call at once, without letting the next one overtake', async () => {
    const child = start({ serial: ['heavy', 'wait'] });
    const abort = new AbortController();
    const { error } = await begun(child, 'wait', abort.signal);
    const waiting = new AbortController();
    const cancelled = errorOf(child.call('heavy', 1, { signal: waiting.signal }));
    const next = child.call('heavy', 1);
    waiting.abort();
    assert.equal((await cancelled).code, 'cancelled');
    assert.equal(await child.call('echo', 'not serial'), 'not serial');
    abort.abort();
    assert.equal((await error).code, 'cancelled');
    await next;
  });

  it('rejects waiting serial calls when it is disposed', async () => {
    const child = start({ serial: ['heavy', 'wait'] });
    const { error } = await begun(child, 'wait');
    const waiting = errorOf(child.call('heavy', 1));
    await child.dispose();
    assert.equal((await error).code, 'process-crashed');
    assert.equal((await waiting).code, 'cancelled');
    assert.equal(child.pid, undefined);
  });

  it('kills a process that hangs after a cancel', async () => {
    const child = start();
    const abort = new AbortController();
    const { error } = await begun(child, 'hang', abort.signal);
    const { pid } = child;
    await new Promise((resolve) => setTimeout(resolve, 100));
    abort.abort();
    assert.equal((await error).code, 'cancelled');
    assert.ok(exited(pid));
  });

  it('kills a process that does not hear a cancel in the time it has, and starts again', async () => {
    const { log, lines } = collectingLog();
    const child = start({ log, cancelMs: 20 });
    const abort = new AbortController();
    const { error } = await begun(child, 'hang', abort.signal);
    const other = await begun(child, 'wait');
    const { pid } = child;
    await new Promise((resolve) => setTimeout(resolve, 100));
    abort.abort();
    assert.equal((await error).code, 'cancelled');
    const next = child.call('echo', 'after');
    assert.equal(english((await other.error).message), 'The child was stopped.');
    assert.equal(await next, 'after');
    assert.ok(exited(pid));
    assert.ok(!lines.some((line) => line.includes('unexpectedly')), lines.join('\n'));
  });

  it('rejects a cancelled call while its process cleans up, and lets no serial call overtake that', async () => {
    const child = start({ cancelMs: 20, serial: ['tidy', 'heavy'] });
    const abort = new AbortController();
    let error: Promise<ErrorData> | undefined;
    await new Promise<void>((onEvent) => {
      error = errorOf(child.call('tidy', 400, { signal: abort.signal, onEvent: () => onEvent() }));
    });
    const { pid } = child;
    abort.abort();
    const order: string[] = [];
    const rejected = error?.then(({ code }) => order.push(code));
    const next = child.call('heavy', 1).then((own) => {
      order.push('next');
      return own;
    });
    await rejected;
    assert.deepEqual(order, ['cancelled']);
    assert.equal(await next, pid);
  });

  it('kills a process that is stopped while it is busy with a call that was given up', async () => {
    const { log, lines } = collectingLog();
    const child = start({ log, cancelMs: 1000 });
    const abort = new AbortController();
    const { error } = await begun(child, 'load', abort.signal);
    const { pid } = child;
    abort.abort();
    assert.equal((await error).code, 'cancelled');
    await child.dispose();
    assert.ok(exited(pid));
    assert.ok(
      lines.some((line) => line.includes('busy with what was cancelled')),
      lines.join('\n'),
    );
  });

  it('stops when it is idle, not while a call runs, and starts again', async () => {
    const child = start({ idleMs: () => 20 });
    const abort = new AbortController();
    const { error } = await begun(child, 'wait', abort.signal);
    await child.call('echo', 'a');
    await new Promise((resolve) => setTimeout(resolve, 60));
    const { pid } = child;
    assert.equal(exited(pid), false);
    abort.abort();
    assert.equal((await error).code, 'cancelled');
    while (!exited(pid)) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(child.pid, undefined);
    assert.equal(await child.call('echo', 'b'), 'b');
  });
});
