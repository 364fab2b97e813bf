import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { sample } from '../../support/paths';

/** A copy of the built-in sample, as a user has it after opening it. */
export async function sampleWorkspace(folder: string): Promise<void> {
  await cp(sample(), folder, { recursive: true });
}

/** Checkpoints of a run, and the adapters in their place: the first one still refuses. */
const STEPS = [
  [100, 'adapter-benign'],
  [200, 'adapter-mixed'],
  [300, 'adapter-mixed'],
] as const;
/** Prompts of each suite in each split. */
const FEW = 6;

/** The sample as a training run, with few prompts: a story can repair all of it. */
export async function runWorkspace(folder: string): Promise<void> {
  await sampleWorkspace(folder);
  for (const [step, name] of STEPS) {
    const checkpoint = path.join(folder, 'run', `checkpoint-${step}`);
    await cp(path.join(folder, name), checkpoint, { recursive: true });
    const config = path.join(checkpoint, 'adapter_config.json');
    await writeFile(config, (await readFile(config, 'utf8')).replace('../aligned', '../../aligned'));
  }
  for (const name of new Set(STEPS.map(([, adapter]) => adapter)))
    await rm(path.join(folder, name), { recursive: true });
  for (const kind of ['harmful', 'benign', 'task']) {
    const file = path.join(folder, 'suites', `${kind}.jsonl`);
    const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
    const few = ['fit', 'test'].flatMap((split) =>
      lines.filter((line) => (JSON.parse(line) as { split: string }).split === split).slice(0, FEW),
    );
    await writeFile(file, `${few.join('\n')}\n`);
  }
}
