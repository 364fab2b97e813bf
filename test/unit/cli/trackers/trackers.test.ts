import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PbfReader } from 'pbf';
import { eventFile } from '../../../../src/cli/trackers/eventFile';
import { formatJsonLines, logFolder, stepsOf, writeEvents } from '../../../../src/cli/trackers/trackers';
import type { StepMetrics } from '../../../../src/core/results/stepMetrics';
import { rejection } from '../../../support/rejection';
import { itInFolder } from '../../../support/temporaryFolder';

const at = (step: number | null): StepMetrics => ({
  step,
  metrics: { 'splora/asr': 0.5, 'splora/ünicode': -1 },
});

describe('what trackers read', () => {
  it('is a line of JSON for each step, in the order of training', () => {
    const lines = formatJsonLines([at(null), at(100), at(20)])
      .trimEnd()
      .split('\n');
    const steps = lines.map((line) => JSON.parse(line) as Record<string, number | null>);
    assert.deepEqual(
      steps.map(({ step }) => step),
      [20, 100, null],
    );
    assert.equal(steps[0]?.['splora/asr'], 0.5);
  });

  it('has each step once', () => {
    assert.deepEqual(stepsOf(['run/checkpoint-20', 'run/final', 'run/checkpoint-3'], undefined), [
      20,
      null,
      3,
    ]);
    assert.deepEqual(stepsOf(['run/checkpoint-20'], 7), [7]);
    assert.throws(
      () => stepsOf(['a/checkpoint-20', 'x', 'b/checkpoint-20'], undefined),
      /both of training step 20/,
    );
    assert.throws(() => stepsOf(['a', 'b'], undefined), /no training step/);
    assert.throws(() => stepsOf(['a', 'b'], 7), /for one adapter/);
  });

  it('is an event file whose records have their lengths and checksums', () => {
    const bytes = eventFile([at(2 ** 40)], 1_700_000_000.5);
    // `brain.Event:2` at this time, as TensorBoard's own writer has it (test/interop/trackers.test.ts).
    assert.equal(
      bytes.subarray(0, 40).toString('hex'),
      '1800000000000000a37f4b220900002040fc54d9411a0d627261696e2e4576656e743a322b353110',
    );
    const length = Number(bytes.readBigUInt64LE(40));
    assert.equal(bytes.length, 40 + 12 + length + 4);
    const event = new PbfReader(bytes.subarray(52, 52 + length));
    const found = event.readFields((field, found: { seconds?: number; step?: number }, reader) => {
      if (field === 1) found.seconds = reader.readDouble();
      if (field === 2) found.step = reader.readVarint();
    }, {});
    assert.deepEqual(found, { seconds: 1_700_000_000.5, step: 2 ** 40 });
  });

  itInFolder('is added to a log folder that is made where it is missing', async (folder) => {
    const logs = path.join(folder, 'runs', 'splora');
    const said: string[] = [];
    await writeEvents(logs, [at(20)], { err: (line) => said.push(line) });
    const [name = ''] = await readdir(logs);
    assert.match(name, /^events\.out\.tfevents\.\d+\.splora\.\d+$/);
    assert.equal(said.join(), `splora: wrote ${path.join(logs, name)}`);
    assert.ok((await readFile(path.join(logs, name))).includes('splora/asr'));
  });

  itInFolder('is refused before any work without a folder or a step', async (folder) => {
    const file = path.join(folder, 'file');
    await writeFile(file, '');
    await rejection(logFolder(undefined, ['a'], [20]), 'bad-request', /needs --out/);
    await rejection(logFolder(folder, ['a', 'final'], [20, null]), 'bad-request', /final/);
    await rejection(logFolder(file, ['a'], [20]), 'output-exists');
    assert.equal(await logFolder(path.join(folder, 'new'), ['a'], [20]), path.join(folder, 'new'));
  });
});
