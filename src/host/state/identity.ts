import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import * as path from 'node:path';
import { toErrorData } from '../../core/errors';
import { render } from '../../core/message';
import type { AnalysisDocument, AnalysisOptions } from '../../core/report/analysis';
import type { InputIdentity } from '../../core/results/types';
import { isAsFound } from '../../io/changedInput';
import { errnoCode } from '../../io/ioError';
import type { Localize } from '../format';

/**
 * Why a result no longer describes its files, e.g. `adapter_config.json and 1 more changed`; null while it does.
 * Reads file times and sizes, no contents.
 */
export async function findStale(
  inputs: readonly InputIdentity[],
  t: Localize = (text, ...values) => render({ text, values }),
): Promise<string | null> {
  const changed: string[] = [];
  const added: string[] = [];
  const gone: string[] = [];
  const unreadable: string[] = [];
  for (const input of inputs) {
    const name = path.basename(input.path);
    try {
      if (!isAsFound(input, await stat(input.path))) (input.size === null ? added : changed).push(name);
    } catch (thrown) {
      if (!isMissing(thrown))
        unreadable.push(t('{0} cannot be read: {1}', name, render(toErrorData(thrown).message, t)));
      else if (input.size !== null) gone.push(name);
    }
  }
  const reasons = [
    changed.length > 0 && t('{0} changed', firstOf(changed, t)),
    added.length > 0 && t('{0} added', firstOf(added, t)),
    gone.length > 0 && t('{0} deleted', firstOf(gone, t)),
    ...unreadable,
  ].filter((reason) => reason !== false);
  return reasons.length === 0 ? null : reasons.join(', ');
}

/** A checkpoint has dozens of shards: the first is named, the others are counted. */
function firstOf([first = '', ...others]: readonly string[], t: Localize): string {
  return others.length === 0 ? first : t('{0} and {1} more', first, others.length);
}

/** True when nothing is at the path. */
export function isMissing(thrown: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(errnoCode(thrown) ?? '');
}

type Models = Pick<AnalysisDocument, 'base' | 'aligned'>;

/** Equal for analyses with the same models and options. */
export function fingerprintOf({ base, aligned }: Models, options: AnalysisOptions): string {
  return JSON.stringify([base, aligned, options.population, options.scale, options.quartiles]);
}

/** Whether a result was made with these models and options, so that it need not be made again. */
export function isSameQuestion(
  document: AnalysisDocument,
  models: Models,
  options: AnalysisOptions,
): boolean {
  return fingerprintOf(document, document.options) === fingerprintOf(models, options);
}

/** A file name for an adapter's data: the path itself may hold anything and be too long. */
export function keyOf(adapter: string): string {
  return createHash('sha256').update(adapter).digest('hex').slice(0, 32);
}

/** Whether this user can see anything at the path. */
export async function exists(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (thrown) {
    if (isMissing(thrown)) return false;
    throw thrown;
  }
}
