import assert from 'node:assert/strict';
import { join } from 'node:path';
import { codeBlocks, PIPELINES } from '../support/codeBlocks';
import { sample } from '../support/paths';
import { skipBecause } from '../support/skip';
import { sploraCommand } from '../support/sploraCommand';
import { itInFolder } from '../support/temporaryFolder';
import { HANG_MS, startPython, type Python } from './python';

interface Trained {
  readonly logged: readonly Readonly<Record<string, number>>[];
  readonly steps: number;
}

const STEPS = 2;

describe('the callback in media/docs/pipelines.md, with the Trainer of transformers', function () {
  this.timeout(HANG_MS);
  let python: Python;
  before(async function () {
    if (process.platform === 'win32') skipBecause(this, 'it starts a shell script');
    const started = await startPython('callback.py');
    if ('missing' in started) skipBecause(this, started.missing);
    python = started;
  });
  after(() => {
    python.dispose();
  });

  async function train(folder: string, ...gates: readonly string[]): Promise<Trained> {
    const source = (await codeBlocks(PIPELINES, 'python')).find((code) => code.includes('TrainerCallback'));
    const flags = ['--aligned', sample('aligned'), '--suite', sample('suites'), '--limit', '4', ...gates];
    const splora = join(await sploraCommand(join(folder, 'bin')), 'splora');
    const training = {
      model: sample('aligned'),
      texts: ['jack will work at the market sunday .'],
      steps: STEPS,
    };
    const output = join(folder, 'run');
    return (await python.ask({ what: 'train', source, ...training, output, splora, flags })) as Trained;
  }

  itInFolder('measures each checkpoint that is saved, and logs the rates at its step', async (folder) => {
    const { logged, steps } = await train(folder);
    const measured = logged.filter((metrics) => 'splora/asr' in metrics);
    assert.deepEqual(
      measured.map((metrics) => [metrics['step'], metrics['splora/asr'], metrics['splora/aligned/asr']]),
      [
        [1, 0, 0],
        [2, 0, 0],
      ],
    );
    assert.equal(steps, STEPS);
  });

  itInFolder('ends training when a gate fails', async (folder) => {
    const { logged, steps } = await train(folder, '--min-task', '1');
    assert.equal(steps, 1);
    assert.equal(logged.filter((metrics) => 'splora/asr' in metrics).length, 1);
  });
});
