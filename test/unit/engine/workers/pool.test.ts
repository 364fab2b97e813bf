import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SploraError } from '../../../../src/core/errors';
import { Lane } from '../../../../src/engine/workers/pool';
import type { Task } from '../../../../src/engine/workers/protocol';
import { JobSignals } from '../../../../src/engine/workers/signals';
import { english } from '../../../support/english';

/** A worker that does what the module's name says. */
const WORKER = `
const { parentPort } = require('node:worker_threads');
parentPort.on('message', (message) => {
  if (message === 'job-ended') return;
  const { id, task: { work: { module } } } = message;
  if (module === 'exit') process.exit(7);
  if (module === 'throw') throw new Error('out of luck');
  if (module === 'refuse') parentPort.postMessage({ id, ok: false, error: { code: 'io', message: { text: 'gone' }, file: '/x' } });
  else parentPort.postMessage({ id, ok: true, result: { kind: 'outcome', outcome: { status: 'inactive', reason: module } } });
});`;

describe('Lane', () => {
  let folder: string;
  let lane: Lane;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'splora-lane-'));
    writeFileSync(path.join(folder, 'worker.js'), WORKER);
    lane = new Lane(path.join(folder, 'worker.js'));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  const run = (module: string, signals = new JobSignals()): Promise<unknown> =>
    lane.run(taskFor(module), signals);
  const rejectsWith = async (call: Promise<unknown>, code: string, message: RegExp): Promise<void> => {
    await assert.rejects(call, (error) => {
      assert.ok(error instanceof SploraError);
      assert.equal(error.data.code, code);
      assert.match(english(error.data.message), message);
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
    await rejectsWith(run('late', signals), 'cancelled', /Cancelled/);
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
