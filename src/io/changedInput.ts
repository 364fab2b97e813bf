import type { Stats } from 'node:fs';
import { basename } from 'node:path';
import type { InputIdentity, ResultDocument } from '../core/results/types';
import { CONFIG_NAME } from './adapterFiles';
import { statIfThere } from './ioError';

/** Whether what lies at the path is what a result was made from: the same file, or none where there was none. */
export function isAsFound(input: InputIdentity, now: Pick<Stats, 'isFile' | 'size' | 'mtimeMs'>): boolean {
  // A folder of that name is no file that could be read.
  if (input.size === null) return !now.isFile();
  return now.size === input.size && now.mtimeMs === input.mtimeMs;
}

/**
 * The first file that is another one than the result was made from; undefined: none. Model files that are gone do not matter,
 * because nothing of them is read again; changed ones do, and so do files of the adapter that are gone, and a config
 * where there was none.
 * @throws SploraError `io` where a file cannot be looked at
 */
export async function findChangedInput({
  adapter,
  inputs,
}: Pick<ResultDocument, 'adapter' | 'inputs'>): Promise<InputIdentity | undefined> {
  for (const input of inputs) {
    const now = await statIfThere(input.path);
    const isSame = now === undefined ? !isNeeded(input, adapter) : isAsFound(input, now);
    if (!isSame) return input;
  }
  return undefined;
}

/** Whether the adapter changes without the file: its config holds the scales. */
function isNeeded({ path, size }: InputIdentity, adapter: string): boolean {
  return path === adapter || (size !== null && basename(path) === CONFIG_NAME);
}
