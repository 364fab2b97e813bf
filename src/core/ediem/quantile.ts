/**
 * The quantile that numpy and torch compute by default: linear interpolation between the two
 * order statistics around position `(N - 1) p`.
 */
export interface QuantilePosition {
  /** 0-based index of the lower order statistic. */
  readonly lower: number;
  /** Weight of the upper neighbor, in [0, 1). */
  readonly fraction: number;
}

export function quantilePosition(count: number, p: number): QuantilePosition {
  const position = (count - 1) * p;
  const lower = Math.floor(position);
  return { lower, fraction: position - lower };
}

/** Interpolates between two neighboring order statistics. */
export function interpolate(lower: number, upper: number, fraction: number): number {
  return fraction === 0 ? lower : lower + (upper - lower) * fraction;
}

/**
 * Quantile of a list in memory, `p` in [0, 1].
 * @throws RangeError for an empty list, which has none.
 */
export function quantile(values: Iterable<number>, p: number): number {
  const sorted = Float64Array.from(values).sort();
  const { lower, fraction } = quantilePosition(sorted.length, p);
  const low = sorted[lower];
  if (low === undefined) throw new RangeError('A quantile of no values does not exist.');
  return interpolate(low, sorted[lower + 1] ?? low, fraction);
}
