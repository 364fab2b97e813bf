import { errorLine, toErrorData, type ErrorText } from '../../core/errors';
import type { Localize } from '../format';

export interface Failure<I = string> {
  readonly item: I;
  readonly thrown: unknown;
}

export interface Outcome<T, I = string> {
  readonly results: readonly T[];
  readonly failures: readonly Failure<I>[];
}

/**
 * Works on one item after the other; those that fail are collected. A cancel is no failure and ends the loop.
 * @param signal of the run that the items are part of: if it is not aborted, another run took over the item that was
 * cancelled, and the loop continues
 */
export async function tryEach<I, T>(
  items: readonly I[],
  work: (item: I, index: number) => Promise<T>,
  signal?: AbortSignal,
): Promise<Outcome<T, I>> {
  const results: T[] = [];
  const failures: Failure<I>[] = [];
  for (const [index, item] of items.entries()) {
    if (signal?.aborted === true) break;
    try {
      results.push(await work(item, index));
    } catch (thrown) {
      if (toErrorData(thrown).code !== 'cancelled') failures.push({ item, thrown });
      else if (signal?.aborted !== false) break;
    }
  }
  return { results, failures };
}

/**
 * One sentence with all that failed and why. Of one alone with its file and advice, of several with the advice they share.
 * @param failures errors in the language of the window
 * @param total number of all, with those that succeeded
 */
export function failuresText(
  failures: readonly { readonly label: string; readonly error: ErrorText }[],
  total: number,
  t: Localize,
): string {
  const isOne = failures.length === 1;
  const list = failures.map(({ label, error }) => `${label}: ${isOne ? errorLine(error) : error.message}`);
  const [advice, ...others] = new Set(failures.map(({ error }) => error.advice));
  const text = t('This failed for {0} of {1} adapters: {2}', failures.length, total, list.join(' · '));
  return isOne || advice === undefined || others.length > 0 ? text : `${text} ${advice}`;
}
