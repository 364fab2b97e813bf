import { constants, copyFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { quotedList } from '../core/adapter/names';
import { SploraError } from '../core/errors';
import { say, type Message } from '../core/message';
import { fileInFolder, listFolder } from './folderFiles';
import { checkCancelled, ioError, reading } from './ioError';

/** Weights and training states: copied along, a loader might take the unpruned ones. */
const WEIGHTS = /\.(?:safetensors|bin|pt|pth|ckpt|gguf|onnx|h5|msgpack|npz|pkl)$/;
/** State of a training run, which the pruned adapter does not continue. */
const TRAINING_FILES = new Set(['trainer_state.json', 'training_args.json']);

/** The files of a folder that go along with a pruned adapter, and what is to be said of the others. */
export interface FolderRest {
  readonly names: readonly string[];
  readonly notes: readonly Message[];
}

/**
 * Plain files beside an adapter that are worth copying (tokenizer, README, chat template): no folders, no hidden files,
 * no weights or training states, nothing in `without`, and no links that lead out of the folder. Links into the blobs
 * of the same Hugging Face cache repo are the cache's way to store files and are followed.
 */
export async function listRest(folder: string, without: readonly string[]): Promise<FolderRest> {
  const taken = new Set(without.map((name) => name.toLowerCase()));
  const names: string[] = [];
  const outside: string[] = [];
  for (const name of await listFolder(folder)) {
    const lower = name.toLowerCase();
    if (taken.has(lower) || name.startsWith('.') || TRAINING_FILES.has(lower) || WEIGHTS.test(lower))
      continue;
    const path = await pathInside(folder, name);
    if (path === undefined) outside.push(name);
    else if ((await reading(path, () => stat(path))).isFile()) names.push(name);
  }
  return {
    names,
    notes:
      outside.length === 0
        ? []
        : [
            say(
              'Broken links and links that point outside the folder were not copied: {0}.',
              quotedList(outside),
            ),
          ],
  };
}

/** Undefined for a link that leads nowhere or out of the folder. */
async function pathInside(folder: string, name: string): Promise<string | undefined> {
  try {
    return await fileInFolder(folder, name);
  } catch (thrown) {
    if (thrown instanceof SploraError && ['bad-index', 'not-found', 'io'].includes(thrown.data.code))
      return undefined;
    throw thrown;
  }
}

/** Copies the files, never over one that is there; sizes in bytes. */
export async function copyRestInto(
  folder: string,
  names: readonly string[],
  target: string,
  signal: AbortSignal,
): Promise<{ readonly name: string; readonly bytes: number }[]> {
  const copied: { name: string; bytes: number }[] = [];
  for (const name of names) {
    checkCancelled(signal);
    const path = join(target, name);
    try {
      // Asked again: a link may have come in its place since the folder was listed.
      await copyFile(await fileInFolder(folder, name), path, constants.COPYFILE_EXCL);
      copied.push({ name, bytes: (await stat(path)).size });
    } catch (thrown) {
      throw ioError(thrown, 'Copying a file of the folder failed: {0}', join(folder, name));
    }
  }
  return copied;
}
