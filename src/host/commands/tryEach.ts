import { toErrorData } from '../../core/errors';
import type { Translate } from '../format';

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
 * Works on one item after the other. One that fails stops none of the others; a cancel ends all that would follow, and
 * is no failure.
 * @param signal of the run that these are part of
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
      if (toErrorData(thrown).code === 'cancelled') break;
      failures.push({ item, thrown });
    }
  }
  return { results, failures };
}

/** One sentence that names all that failed. @param total how many there were, with those that went well */
export function failuresText(
  failures: readonly { readonly label: string; readonly reason: string }[],
  total: number,
  t: Translate,
): string {
  const list = failures.map(({ label, reason }) => `${label}: ${reason}`).join(' · ');
  return t('This failed for {0} of {1} adapters: {2}', failures.length, total, list);
}
