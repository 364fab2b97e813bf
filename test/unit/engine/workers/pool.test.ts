import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { SploraError } from '../../../../src/core/errors';
import { WorkerThread } from '../../../../src/engine/workers/pool';
import type { Task } from '../../../../src/engine/workers/protocol';
import { JobSignals } from '../../../../src/engine/workers/signals';
import { projectRoot } from '../../../support/paths';

/** A worker that does what the module's name says. */
const WORKER = `
import { SploraError } from './src/core/errors';
import { serve } from './src/rpc/channel';
import { parentThreadPort } from './src/rpc/threadPorts';
serve(parentThreadPort, {
  run: ({ task: { work: { module } } }) => {
    if (module === 'exit') process.exit(7);
    if (module === 'throw') return new Promise(() => setTimeout(() => { throw new Error('out of luck') }));
    if (module === 'refuse') throw new SploraError({ code: 'io', message: { text: 'gone' }, file: '/x' });
    return Promise.resolve({ kind: 'outcome', outcome: { status: 'inactive', reason: module } });
  },
});`;

describe('WorkerThread', () => {
  let folder: string;
  let thread: WorkerThread;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'splora-worker-'));
    const file = path.join(folder, 'worker.js');
    const stdin = { contents: WORKER, resolveDir: projectRoot };
    buildSync({ stdin, bundle: true, platform: 'node', outfile: file });
    thread = new WorkerThread(file);
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  const run = (module: string, signals = new JobSignals()): Promise<unknown> =>
    thread.run(taskFor(module), signals);
  const rejectsWith = async (call: Promise<unknown>, code: string, message: RegExp): Promise<void> => {
    await assert.rejects(call, (error) => {
      assert.ok(error instanceof SploraError);
      assert.equal(error.data.code, code);
      assert.match(error.message, message);
      return true;
    });
  };

  it('answers tasks one after another in one thread', async () => {
    const results = await Promise.all(['a', 'b', 'c'].map((module) => run(module)));
    assert.deepEqual(
      results,
      ['a', 'b', 'c'].map((reason) => ({ kind: 'outcome', outcome: { status: 'inactive', reason } })),
    );
  });

  it('moves the factors to the thread without a copy', async () => {
    const task = taskFor('a');
    assert.ok(task.kind === 'measure');
    await thread.run(task, new JobSignals());
    assert.deepEqual([task.work.a.bytes.length, task.work.b.bytes.length], [0, 0]);
  });

  it('passes on what a task was refused for, as data', async () => {
    await rejectsWith(run('refuse'), 'io', /^gone$/);
  });

  for (const [how, message] of [
    ['exit', /exit code 7/],
    ['throw', /out of luck/],
  ] as const) {
    it(`reports a thread that died (${how}), and starts another`, async () => {
      await rejectsWith(run(how), 'internal', message);
      assert.deepEqual(await run('again'), {
        kind: 'outcome',
        outcome: { status: 'inactive', reason: 'again' },
      });
    });
  }

  it('starts nothing for a job that was cancelled', async () => {
    const signals = new JobSignals();
    signals.cancel();
    await rejectsWith(run('late', signals), 'cancelled', /Canceled/);
  });
});

function taskFor(module: string): Task {
  const factor = { bytes: new Uint8Array(4), dtype: 'F32', transposed: false } as const;
  const file = { path: '/x', dev: 0n, ino: 0n, size: 0n, mtimeNs: 0n };
  const weight = { file, offset: 0, dtype: 'F32' } as const;
  const difference = { rows: 1, columns: 1, transposed: false, base: weight, aligned: weight };
  const sizes = { m: 1, n: 1, rank: 1, scale: 1 };
  const bytes = (): Uint8Array<ArrayBuffer> => new Uint8Array(4);
  return {
    kind: 'measure',
    work: {
      ...{ module, ...sizes, difference, quartiles: 'exact' as const },
      a: { ...factor, bytes: bytes() },
      b: { ...factor, bytes: bytes() },
    },
  };
}
