import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import * as path from 'node:path';
import type { AnalysisDocument, AnalysisOptions, InputIdentity } from '../../core/report/analysis';
import { toErrorData } from '../../core/errors';
import { isAsFound } from '../../io/changedInput';
import type { Localize } from '../format';
import { render } from '../../core/message';

/**
 * Why a result no longer describes its files, e.g. `adapter_config.json and 1 more changed`; null while it does.
 * Reads file times and sizes, no contents.
 * @param t the text in the language of the window, filled in
 */
export async function findStale(
  inputs: readonly InputIdentity[],
  t: Localize = english,
): Promise<string | null> {
  const changed: string[] = [];
  const added: string[] = [];
  const gone: string[] = [];
  const unreadable: string[] = [];
  for (const input of inputs) {
    const name = path.basename(input.path);
    try {
      const isSame = isAsFound(input, await stat(input.path));
      if (!isSame) (input.size === null ? added : changed).push(name);
    } catch (thrown) {
      if (!isMissing(thrown))
        unreadable.push(t('{0} cannot be read: {1}', name, render(toErrorData(thrown).message, t)));
      else if (input.size !== null) gone.push(name);
    }
  }
  const told = [
    ...(changed.length === 0 ? [] : [t('{0} changed', firstOf(changed, t))]),
    ...(added.length === 0 ? [] : [t('{0} added', firstOf(added, t))]),
    ...(gone.length === 0 ? [] : [t('{0} gone', firstOf(gone, t))]),
    ...unreadable,
  ];
  return told.length === 0 ? null : told.join(', ');
}

/** A checkpoint has dozens of shards: the first is named, the others are counted. */
function firstOf([first = '', ...others]: readonly string[], t: Localize): string {
  return others.length === 0 ? first : t('{0} and {1} more', first, others.length);
}

function english(message: string, ...values: readonly (string | number)[]): string {
  return render({ text: message, values });
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
