import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Checkpoint } from '../core/checkpoint/types';
import type { InputIdentity } from '../core/results/types';
import { openCheckpoint } from './openCheckpoint';
import { reading, statIfThere } from './ioError';

/** @throws SploraError `not-found`, `io` */
export async function inputIdentity(path: string): Promise<InputIdentity> {
  const { size, mtimeMs } = await reading(path, () => stat(path));
  return { path, size, mtimeMs };
}

/** Both numbers are null where there is no file. */
export async function identityIfThere(path: string): Promise<InputIdentity> {
  const found = await statIfThere(path);
  return found === undefined
    ? { path, size: null, mtimeMs: null }
    : { path, size: found.size, mtimeMs: found.mtimeMs };
}

/** Files that hold the weights of a model. Errors: those of `openCheckpoint`. */
export async function weightIdentities(model: string): Promise<readonly InputIdentity[]> {
  return await Promise.all(weightFiles(await openCheckpoint(model)).map(inputIdentity));
}

export function weightFiles({ tensors }: Checkpoint): readonly string[] {
  return [...new Set([...tensors.values()].map(({ file }) => file))];
}

/** The folder of a model that may have been given as a file in it. */
export async function modelFolder({ path }: Checkpoint): Promise<string> {
  const isFolder = (await reading(path, () => stat(path))).isDirectory();
  return isFolder ? path : dirname(path);
}
