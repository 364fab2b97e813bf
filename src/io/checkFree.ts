import { access, constants, lstat } from 'node:fs/promises';
import path from 'node:path';
import { failure } from '../core/errors';
import { say } from '../core/message';
import { ioError, outputExists, statIfThere } from './ioError';

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
