import { stat } from 'node:fs/promises';
import { SploraError, toErrorData } from '../core/errors';
import type { AnalysisDocument, InputIdentity } from '../core/report/analysis';
import { errnoCode } from './ioError';

/**
 * The first file that is another one than the analysis read; undefined: none. Model files that are gone do not matter,
 * because nothing of them is read again; changed ones do, and so do weights of the adapter that are gone.
 * @throws SploraError `io` where a file cannot be looked at
 */
export async function findChangedInput({
  adapter,
  inputs,
}: Pick<AnalysisDocument, 'adapter' | 'inputs'>): Promise<InputIdentity | undefined> {
  for (const input of inputs) {
    const now = await identityOf(input.path);
    if (now === null && input.path !== adapter) continue;
    if (now?.size !== input.size || now.mtimeMs !== input.mtimeMs) return input;
  }
  return undefined;
}

/** Size in bytes and time of change of a file; null where there is none. Throws SploraError `io`. */
export async function identityOf(file: string): Promise<{ size: number; mtimeMs: number } | null> {
  try {
    const { size, mtimeMs } = await stat(file);
    return { size, mtimeMs };
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errnoCode(error) ?? '')) return null;
    throw new SploraError(toErrorData(error), { cause: error });
  }
}
