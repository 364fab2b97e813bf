import { errorLine, toErrorData, type ErrorText } from '../../core/errors';
import type { Localize } from '../format';

/** One of several that failed, and with what. */
export interface Failure {
  /** Path of what was worked on. */
  readonly item: string;
  readonly thrown: unknown;
}

/** What became of several. */
export interface Outcome<T> {
  readonly results: readonly T[];
  readonly failures: readonly Failure[];
}

/**
 * Works on one item after the other. One that fails stops none of the others. A cancel is no failure, and ends all that
 * would follow.
 * @param signal of the run that these are part of: where it still stands, an item that was cancelled was taken over by
 * somebody else, and the others go on
 */
export async function tryEach<T>(
  items: readonly string[],
  work: (item: string) => Promise<T>,
  signal?: AbortSignal,
): Promise<Outcome<T>> {
  const results: T[] = [];
  const failures: Failure[] = [];
  for (const item of items) {
    if (signal?.aborted === true) break;
    try {
      results.push(await work(item));
    } catch (thrown) {
      if (toErrorData(thrown).code !== 'cancelled') failures.push({ item, thrown });
      else if (signal?.aborted !== false) break;
    }
  }
  return { results, failures };
}

/**
 * One sentence that names all that failed and why, and what to do: of one alone all that there is to say, of several the
 * advice that they share.
 * @param failures errors in the language of the window
 * @param total how many there were, with those that went well
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
