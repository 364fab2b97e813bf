import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventFile } from '../../src/cli/trackers/eventFile';
import { writeEvents } from '../../src/cli/trackers/trackers';
import { skipBecause } from '../support/skip';
import { itInFolder } from '../support/temporaryFolder';
import { HANG_MS, startPython, type Python } from './python';

type Scalars = Readonly<Record<string, readonly (readonly [step: number, value: number])[]>>;

const quiet = { err: (): void => undefined };

describe("TensorBoard's reader of event files", function () {
  this.timeout(HANG_MS);
  let python: Python;
  before(async function () {
    const started = await startPython('events.py', { requirements: 'requirements-tensorboard.txt' });
    if ('missing' in started) skipBecause(this, started.missing);
    python = started;
  });
  after(() => {
    python.dispose();
  });

  itInFolder('finds every step of several files, also one that was measured later', async (folder) => {
    const step = (at: number, asr: number) => ({ step: at, metrics: { 'splora/asr': asr } });
    await writeEvents(folder, [step(20, 0.5), step(2 ** 40, 1)], quiet);
    const later = Date.now() / 1000 + 1;
    const name = `events.out.tfevents.${Math.floor(later)}.splora.1`;
    await writeFile(join(folder, name), eventFile([step(10, 0.25)], later));
    const { 'splora/asr': found } = (await python.ask({ what: 'scalars', folder })) as Scalars;
    assert.deepEqual(found, [
      [20, 0.5],
      [2 ** 40, 1],
      [10, 0.25],
    ]);
  });

  itInFolder('begins a file with the same bytes', async (folder) => {
    const [file, seconds] = [join(folder, 'events'), 1_700_000_000.5];
    await python.ask({ what: 'first_record', file, seconds });
    assert.deepEqual(eventFile([], seconds), await readFile(file));
  });
});
