import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { english } from '../../support/english';
import { SploraError } from '../../../src/core/errors';
import { say } from '../../../src/core/message';
import { SWEEP_EXPORTS, type SweepDocument } from '../../../src/core/results/repair/sweep';
import type { MeasuredRepairRequest } from '../../../src/protocol/repairApi';
import { repairRun } from '../../../src/repair/sweep';
import { fakeClients, FIT, type FakeProcesses } from '../../support/fakeRepair';
import { sample } from '../../support/paths';
import { rejection } from '../../support/rejection';
import { itInFolder } from '../../support/temporaryFolder';

const REQUEST: Omit<MeasuredRepairRequest, 'adapter'> = {
  ...{ base: sample('base'), method: 'auto', options: {}, curve: false },
  measure: { aligned: '/models/aligned', suites: ['/suites'], runner: { kind: 'onnx' } },
  target: { maxAsr: null, maxOverRefusal: null, minTask: null, taskScore: 'exact' },
  ...{ chance: false, anyway: false, copyRest: false },
};

/** Split gates keep the whole task. */
const behavior: FakeProcesses['behavior'] = (what) => {
  if (what === null) return { answered: 0, refused: 0, right: 0 };
  if (what === 'adapter') return { answered: 9, refused: 0, right: 10 };
  return { answered: 0, refused: 0, right: what.method === 'split-gates' ? 10 : 8 };
};

async function runFolder(folder: string): Promise<string> {
  const run = path.join(folder, 'run');
  for (const name of ['checkpoint-1000', 'checkpoint-200']) {
    await mkdir(path.join(run, name), { recursive: true });
    await cp(sample('adapter-mixed'), path.join(run, name), { recursive: true });
  }
  await cp(sample('adapter-mixed'), run, { recursive: true });
  await mkdir(path.join(run, 'runs'));
  await writeFile(path.join(run, 'trainer_state.json'), '{}');
  return run;
}

async function sweep(
  fakes: FakeProcesses,
  request: Pick<MeasuredRepairRequest, 'adapter'> & Partial<MeasuredRepairRequest>,
) {
  const fake = fakeClients(fakes);
  const seen: string[] = [];
  const document = await repairRun({ ...REQUEST, ...request }, fake.clients, {
    signal: new AbortController().signal,
    emit: () => undefined,
    onCheckpoint: ({ name }, at, of) => void seen.push(`${name} ${at} ${of}`),
  });
  return { ...fake, seen, document };
}

const text = (document: SweepDocument, extension: string): string =>
  SWEEP_EXPORTS.get(extension)?.(document) ?? '';

describe('repairRun', () => {
  itInFolder('repairs each checkpoint by step, the next fit from the gates of the last', async (folder) => {
    const run = await runFolder(folder);
    const out = path.join(folder, 'out');
    const { document, seen, fitted, kept, measured } = await sweep(
      { behavior, fits: true },
      { adapter: run, out },
    );
    assert.deepEqual(seen, ['checkpoint-200 0 3', 'checkpoint-1000 1 3', 'final 2 3']);
    assert.deepEqual(
      document.checkpoints.map(({ step, outcome, after }) => [step, outcome, after?.asr?.count]),
      [
        [200, 'repaired', 0],
        [1000, 'repaired', 0],
        [null, 'repaired', 0],
      ],
    );
    assert.deepEqual(
      fitted.slice(1).map(({ start }) => start),
      [FIT.gates, FIT.gates],
    );
    assert.deepEqual(
      kept.map((request) => request.out),
      ['checkpoint-200', 'checkpoint-1000', 'final'].map((name) => path.join(out, name)),
    );
    // The aligned model's answers of the checkpoint before.
    assert.equal(measured.filter(({ known }) => known === undefined).length, 2);
    // The fakes write nothing.
    assert.ok(!existsSync(out));
  });

  itInFolder('goes on after a checkpoint that fails, and reports it', async (folder) => {
    const run = await runFolder(folder);
    let calls = 0;
    const fakes: FakeProcesses = {
      behavior,
      fits: true,
      before: (method) => {
        if (method === 'keepCandidate' && ++calls === 2)
          throw new SploraError({ code: 'io', message: say('the disk is full') });
      },
    };
    const { document } = await sweep(fakes, { adapter: run });
    assert.deepEqual(
      document.checkpoints.map(({ outcome }) => outcome),
      ['repaired', 'failed', 'repaired'],
    );
    const error = document.checkpoints[1]?.error;
    assert.equal(error && english(error.message), 'the disk is full');
    const parsed = JSON.parse(text(document, 'json')) as SweepDocument;
    assert.equal(parsed.checkpoints.length, 3);
    assert.match(text(document, 'csv'), /^"checkpoint","step",.*"not refused before","not refused after"/);
    assert.match(text(document, 'csv'), /"checkpoint-200",200,"repaired","split-gates",0\.9,0,/);
    assert.match(text(document, 'csv'), /"checkpoint-1000",1000,"failed",,,,.*"the disk is full\."/);
    const markdown = text(document, 'md').replaceAll('\\', '');
    assert.match(markdown, /\| – \| aligned model \| 0\.00 \[[^\]]*\] 0\/10 \|/);
    assert.match(
      markdown,
      /\| final \| as trained \| 0\.90 \[[^\]]*\] 9\/10 \|.*\n\| final \| repaired \(split-gates\) \| 0\.00 /,
    );
    assert.match(markdown, /\| checkpoint-1000 \| failed \| – \|/);
    assert.match(markdown, /## Failed\n\n- checkpoint-1000: the disk is full\./);
    // One that every repair has names no checkpoint.
    assert.match(markdown, /- checkpoint-200, final: Only 10 harmful prompts/);
  });

  itInFolder('stops when it is canceled, and has said what was finished', async (folder) => {
    const run = await runFolder(folder);
    for (const last of [1, 2]) {
      const abort = new AbortController();
      const soFar: SweepDocument[] = [];
      let calls = 0;
      const { clients, kept } = fakeClients({
        behavior,
        before: (method) => {
          if (method === 'keepCandidate' && ++calls === last) abort.abort();
        },
      });
      const context = {
        signal: abort.signal,
        emit: () => undefined,
        onCheckpoint: () => undefined,
        onDocument: (document: SweepDocument) => soFar.push(document),
      };
      await rejection(repairRun({ ...REQUEST, adapter: run }, clients, context), 'cancelled', /./);
      assert.equal(kept.length, last - 1);
      const finished = ['checkpoint-200'].slice(0, last - 1);
      assert.deepEqual(soFar.at(-1)?.checkpoints.map(({ name }) => name) ?? [], finished);
    }
  });

  itInFolder('refuses a folder without checkpoints, and an output that exists', async (folder) => {
    await rejection(
      sweep({ behavior }, { adapter: folder }),
      'bad-request',
      /no checkpoint of a training run/,
    );
    await rejection(sweep({ behavior }, { adapter: path.join(folder, 'x') }), 'not-found', /./);
    const run = await runFolder(folder);
    await rejection(sweep({ behavior }, { adapter: run, out: folder }), 'output-exists', /exists/);
  });
});
