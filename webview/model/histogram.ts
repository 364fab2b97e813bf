import type { ModuleVerdict } from '../../src/core/selection/types';
import { isPruned } from './rows';

/** One bar: modules of `[from, to)` that are kept and pruned (the last bar includes its end). */
export interface Bin {
  readonly from: number;
  readonly to: number;
  keep: number;
  prune: number;
}

export interface Histogram {
  readonly min: number;
  readonly max: number;
  readonly bins: readonly Bin[];
  /** Modules in the fullest bin. */
  readonly highest: number;
}

/** Values in bars of equal width, without nulls; null if there are no values. */
export function histogram(
  values: readonly (number | null)[],
  verdicts: readonly ModuleVerdict[],
  binCount: number,
): Histogram | null {
  let min = Infinity;
  let max = -Infinity;
  for (const value of values) {
    if (value === null) continue;
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  if (min > max) return null;
  // A single value: the bar needs some width.
  if (min === max) {
    const margin = Math.abs(min) * 0.05 || 0.5;
    min -= margin;
    max += margin;
  }
  const width = (max - min) / binCount;
  const bins: Bin[] = Array.from({ length: binCount }, (_bin, place) => ({
    from: min + place * width,
    to: min + (place + 1) * width,
    keep: 0,
    prune: 0,
  }));
  values.forEach((value, index) => {
    if (value === null) return;
    const bin = bins[Math.min(binCount - 1, Math.floor((value - min) / width))];
    if (bin === undefined) return;
    if (isPruned(verdicts[index])) bin.prune += 1;
    else bin.keep += 1;
  });
  return { min, max, bins, highest: bins.reduce((most, bin) => Math.max(most, bin.keep + bin.prune), 0) };
}
