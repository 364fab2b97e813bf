import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import * as path from 'node:path';
import type { AnalysisDocument, AnalysisOptions, InputIdentity } from '../../core/report/analysis';
import { toErrorData } from '../../core/errors';

/**
 * Why a result no longer describes its files, e.g. `adapter_model.safetensors changed`; null while it does.
 * Reads file times and sizes, no contents.
 */
export async function findStale(inputs: readonly InputIdentity[]): Promise<string | null> {
  for (const input of inputs) {
    const name = path.basename(input.path);
    try {
      const { size, mtimeMs } = await stat(input.path);
      if (size !== input.size || mtimeMs !== input.mtimeMs) return `${name} changed`;
    } catch (thrown) {
      return isMissing(thrown) ? `${name} is gone` : `${name} cannot be read: ${toErrorData(thrown).message}`;
    }
  }
  return null;
}

/** True when nothing is at the path. */
export function isMissing(thrown: unknown): boolean {
  const code = thrown instanceof Error ? (thrown as NodeJS.ErrnoException).code : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** Whether a result was made with these models and options, so that it need not be made again. */
export function isSameQuestion(
  document: AnalysisDocument,
  models: { readonly base: string; readonly aligned: string },
  options: AnalysisOptions,
): boolean {
  return (
    document.base === models.base &&
    document.aligned === models.aligned &&
    document.options.population === options.population &&
    document.options.scale === options.scale &&
    document.options.quartiles === options.quartiles
  );
}

/** A file name for what is kept about an adapter: the path itself may hold anything and be too long. */
export function keyOf(adapter: string): string {
  return createHash('sha256').update(adapter).digest('hex').slice(0, 32);
}

/** Whether anything is at the path that this user can see. */
export async function exists(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (thrown) {
    if (isMissing(thrown)) return false;
    throw thrown;
  }
}
