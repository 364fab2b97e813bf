import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { cancelled, failure, SploraError, toErrorData, type ErrorData } from '../core/errors';
import { say } from '../core/message';

/** The operating system's error code, e.g. `ENOSPC`; undefined for anything else that was thrown. */
export function errnoCode(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const { code } = thrown as NodeJS.ErrnoException;
  return typeof code === 'string' ? code : undefined;
}

/** Codes for a file that cannot be found: missing, not permitted, a loop of links, or an impossible name. */
const OUT_OF_SIGHT = [
  'ENOENT',
  'ENOTDIR',
  'EACCES',
  'EPERM',
  'ELOOP',
  'ENAMETOOLONG',
  'ERR_INVALID_ARG_VALUE',
];

/** Whether a look at an optional place failed because nothing can be seen there. */
export function isOutOfSight(thrown: unknown): boolean {
  return OUT_OF_SIGHT.includes(errnoCode(thrown) ?? '');
}

/**
 * Any failure of an operation on `file` as a `SploraError`; one that already is passes unchanged.
 * @param failed a string literal with a place for the reason, e.g. `Writing the output failed: {0}`
 */
export function ioError(thrown: unknown, failed: string, file: string): SploraError {
  if (thrown instanceof SploraError) return thrown;
  const known = toErrorData(thrown);
  const code = errnoCode(thrown);
  const missing = code === 'ENOENT' || code === 'ENOTDIR';
  const reason = missing ? say('there is no such file or folder') : known.message;
  const data: ErrorData = {
    ...known,
    code: missing ? 'not-found' : known.code,
    message: { text: failed, values: [reason] },
    file,
    ...(missing ? { advice: say('Check that the path exists.') } : {}),
  };
  return new SploraError(data, { cause: thrown });
}

/** What `work` gives. @throws SploraError for whatever it throws */
export async function reading<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw ioError(thrown, 'Reading the file failed: {0}', file);
  }
}

export function readingSync<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    throw ioError(thrown, 'Reading the file failed: {0}', file);
  }
}

/** What is at the path; undefined: nothing. @throws SploraError 'io' */
export async function statIfThere(path: string, look = stat): Promise<Stats | undefined> {
  try {
    return await look(path);
  } catch (thrown) {
    if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(errnoCode(thrown) ?? '')) return undefined;
    throw ioError(thrown, 'Reading the file failed: {0}', path);
  }
}

/** Throws `cancelled` when the caller has given up. */
export function checkCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw cancelled();
}

/** The refusal to write over something. */
export function outputExists(path: string): SploraError {
  const advice = say('Choose another name, or move the existing output.');
  return failure('output-exists', say('The output already exists'), path, advice);
}
