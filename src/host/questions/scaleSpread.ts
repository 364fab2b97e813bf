import { isPair, type AnalysisDocument } from '../../core/report/analysis';

/** How kept modules differ in what alpha and rank decide: the smallest and the largest value. */
export interface ScaleSpread {
  readonly of: 'rank' | 'scale';
  readonly smallest: number;
  readonly largest: number;
}

/**
 * How the ranks of kept modules differ, else their scales; undefined if all are the same. Ranks come first: if they
 * differ, scales of alpha / r do too.
 * @param gone names of the modules that are pruned: what only they have does not count
 */
export function scaleSpread(document: AnalysisDocument, gone: readonly string[]): ScaleSpread | undefined {
  const without = new Set(gone);
  const kept = document.modules.filter((result) => isPair(result) && !without.has(result.module));
  return (
    spread(
      'rank',
      kept.map(({ rank }) => rank),
    ) ??
    spread(
      'scale',
      kept.map(({ scale }) => scale),
    )
  );
}

function spread(of: ScaleSpread['of'], values: readonly number[]): ScaleSpread | undefined {
  // Not by Math.min(...): an adapter can have more modules than a call takes arguments.
  const smallest = values.reduce((least, value) => Math.min(least, value), Infinity);
  const largest = values.reduce((most, value) => Math.max(most, value), -Infinity);
  return smallest < largest ? { of, smallest, largest } : undefined;
}
