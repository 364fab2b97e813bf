import { access, constants, lstat, realpath } from 'node:fs/promises';
import path from 'node:path';
import { badRequest, failure } from '../core/errors';
import { say } from '../core/message';
import { ioError, outputExists, reading, statIfThere } from './ioError';

/**
 * Looks at where a result will be written, before the work that takes long.
 * @throws SploraError `output-exists`; `not-found` without a folder to write into; those of `checkWritable`
 */
export async function checkFree(out: string): Promise<void> {
  const whole = path.resolve(out);
  if ((await statIfThere(whole, lstat)) !== undefined) throw outputExists(whole);
  const folder = path.dirname(whole);
  if ((await statIfThere(folder))?.isDirectory() !== true)
    throw failure(
      'not-found',
      say('The folder for the output does not exist'),
      folder,
      say('Create it first, or choose another place.'),
    );
  await checkWritable(folder);
}

/** @throws SploraError `io` for a folder that nothing can be written into */
export async function checkWritable(folder: string): Promise<void> {
  try {
    await access(folder, constants.W_OK);
  } catch (thrown) {
    throw ioError(thrown, 'Writing the output failed: {0}', folder);
  }
}

/**
 * An output in the folder of the original would change it: loaders and later runs would find both.
 * @param original folder; a file is not looked at, since other adapters can be beside it
 * @throws SploraError `bad-request`
 */
export async function checkOutside(out: string, original: string): Promise<void> {
  if ((await statIfThere(original))?.isDirectory() !== true) return;
  const parent = path.dirname(path.resolve(out));
  // `checkFree` says what is wrong with a folder that is not there.
  if ((await statIfThere(parent)) === undefined) return;
  const folder = await reading(original, () => realpath(original));
  const relative = path.relative(folder, await reading(parent, () => realpath(parent)));
  if (relative === '..' || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative)) return;
  throw badRequest(
    say('The output would be inside the folder of the original, which is never changed.'),
    say('Choose a place beside it.'),
    out,
  );
}
