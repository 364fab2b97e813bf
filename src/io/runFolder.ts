import { join } from 'node:path';
import { badRequest, SploraError } from '../core/errors';
import { say } from '../core/message';
import { METADATA_KEY } from '../core/provenance';
import { compareSteps, stepOf } from '../core/trainingStep';
import { isAdapterWeights } from './adapterFiles';
import { listFolder } from './folderFiles';
import { statIfThere } from './ioError';
import { openAdapterWeights } from './openAdapter';

/** An adapter that a training run saved. */
export interface RunCheckpoint {
  /** Unlike all others of the run: `checkpoint-100`, `0000100_adapters`. */
  readonly name: string;
  /** Folder, or weights file. */
  readonly adapter: string;
  /** Null: the final adapter. */
  readonly step: number | null;
}

/** A run that saves more often is no run. */
const CHECKPOINTS_MAX = 1000;
const FINAL = 'final';
const WEIGHTS_END = '.safetensors';

/**
 * The adapters in the folder of a training run, by step, the final adapter last: folders (PEFT), numbered files (mlx-lm),
 * and the folder itself. Copies that SPLoRA wrote are left out.
 * @throws SploraError `bad-request` without any or with too many; `not-found`, `io`
 */
export async function findCheckpoints(run: string): Promise<readonly RunCheckpoint[]> {
  const names = await listFolder(run);
  const found: RunCheckpoint[] = [];
  for (const name of names) {
    if (await isAdapterFolder(join(run, name))) found.push(checkpoint(run, name, name));
    else if (isAdapterWeights(name)) {
      const isNumbered = stepOf(name) !== null;
      found.push(checkpoint(run, name, isNumbered ? name.slice(0, -WEIGHTS_END.length) : FINAL));
    }
  }
  const own: RunCheckpoint[] = [];
  for (const one of found) if (!(await isWrittenHere(one.adapter))) own.push(one);
  if (own.length === 0)
    throw badRequest(
      say('The folder contains no checkpoint of a training run'),
      say('Choose the folder with checkpoint-100, checkpoint-200 and so on; one adapter needs no --sweep.'),
      run,
    );
  if (own.length > CHECKPOINTS_MAX)
    throw badRequest(
      say('The folder contains {0} checkpoints, more than the limit of {1}', own.length, CHECKPOINTS_MAX),
      say('Move those that you do not need into another folder.'),
      run,
    );
  return own.sort((left, right) => compareSteps(left.step, right.step, [left.name, right.name]));
}

function checkpoint(run: string, file: string, name: string): RunCheckpoint {
  return { name, adapter: join(run, file), step: stepOf(file) };
}

async function isAdapterFolder(path: string): Promise<boolean> {
  const found = await statIfThere(path);
  return found?.isDirectory() === true && (await listFolder(path)).some(isAdapterWeights);
}

/** An adapter that cannot be read counts as not written here: its repair has the message. */
async function isWrittenHere(adapter: string): Promise<boolean> {
  try {
    const { header, source } = await openAdapterWeights(adapter);
    await source.close();
    return header.metadata.has(METADATA_KEY);
  } catch (thrown) {
    if (thrown instanceof SploraError) return false;
    throw thrown;
  }
}
