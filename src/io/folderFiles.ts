import { readdir, realpath } from 'node:fs/promises';
import { join, relative, isAbsolute, sep } from 'node:path';
import { failure } from '../core/errors';
import { displayName } from '../core/safetensors/displayName';
import { openByteSource } from './byteSource';
import { ioError, reading, statIfThere } from './ioError';
import { say } from '../core/message';

/** Names of what a folder holds. @throws SploraError 'not-found' or 'io' */
export async function listFolder(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (thrown) {
    throw ioError(thrown, 'Reading the folder failed: {0}', folder);
  }
}

/**
 * The path of a file in a folder that was chosen. A symbolic link may lead out of the folder only in a snapshot of the
 * Hugging Face cache, and there only to the same repo's blobs: else a downloaded folder could have us read anything.
 * @throws SploraError 'not-found'; 'bad-index' for a link that leads out
 */
export async function fileInFolder(folder: string, name: string): Promise<string> {
  const path = join(folder, name);
  const realFolder = await reading(folder, () => realpath(folder));
  const real = await reading(path, () => realpath(path));
  const repo = /^(.*[\\/]models--[^\\/]+)[\\/]snapshots[\\/]/.exec(realFolder + sep)?.[1];
  if (isInside(real, realFolder) || (repo !== undefined && isInside(real, repo))) return path;
  throw failure(
    'bad-index',
    say('{0} is a link that points outside its folder, to {1}', displayName(name), displayName(real)),
    path,
    say('Copy the file into the folder, or choose the folder that contains it.'),
  );
}

/** A whole file of at most `limit` bytes; undefined where there is none. @throws SploraError 'io' */
export async function readSmallFile(path: string, limit: number): Promise<Uint8Array | undefined> {
  if ((await statIfThere(path)) === undefined) return undefined;
  const source = await openByteSource(path);
  try {
    if (source.size > limit) {
      const message = say('The file has {0} bytes, more than the limit of {1}', source.size, limit);
      const advice = say('Get the file from its source again: its content does not match its name.');
      throw failure('io', message, path, advice);
    }
    const bytes = new Uint8Array(source.size);
    await source.readInto(bytes, 0);
    return bytes;
  } finally {
    await source.close();
  }
}

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
