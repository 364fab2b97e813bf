import { isPair, type AnalysisDocument } from '../../core/report/analysis';

/** How kept modules differ in what alpha and rank decide: the smallest and the largest value. */
export interface ScaleSpread {
  readonly of: 'rank' | 'scale';
  readonly smallest: number;
  readonly largest: number;
}

/**
 * Whether one rank and one scale for all kept modules would change anything; undefined where they have that already.
 * Ranks go before scales: with another rank a scale of alpha / r differs as well.
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
