import { stat } from 'node:fs/promises';
import path from 'node:path';
import { badRequest, SploraError } from '../core/errors';
import { say } from '../core/message';
import { errnoCode, ioError } from '../io/ioError';

/**
 * Rejects an impossible `--out` before any weight is read.
 * @throws SploraError `bad-request`, `not-found`, `io`
 */
export async function checkOut(out: string | undefined): Promise<void> {
  if (out === undefined) return;
  if (out.trim() === '') throw badRequest(say('--out is empty.'), say('Name the folder to write to.'));
  const parent = path.dirname(path.resolve(out));
  try {
    await stat(parent);
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR'].includes(errnoCode(error) ?? ''))
      throw ioError(error, 'Looking at --out failed: {0}', parent);
    throw new SploraError(
      {
        code: 'not-found',
        message: say('The folder that --out should be written into does not exist'),
        file: parent,
        advice: say('Create it first, or choose another place.'),
      },
      { cause: error },
    );
  }
}
