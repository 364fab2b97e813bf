/** Two-sided 95 %, of the standard normal distribution. */
export const Z_95 = 1.959963984540054;

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** A share of `n` with its interval. */
export interface Rate extends Interval {
  /** How many; not a whole number where parts of a point are summed. */
  readonly count: number;
  readonly n: number;
  readonly value: number;
}

/**
 * Wilson's score interval for a share: it stays within 0 to 1 and is not empty at 0 or `n`. For a mean of values between
 * 0 and 1 (`count`: their sum) it is too wide rather than too narrow, because no such values vary more than 0 and 1 do.
 * Source: Wilson 1927; Newcombe 1998, Statistics in Medicine 17, 857, method 3.
 * @throws RangeError where `n` is 0 or `count` is not from 0 to `n`
 */
export function wilson(count: number, n: number, z = Z_95): Rate {
  if (!(n > 0 && count >= 0 && count <= n)) throw new RangeError(`${count} of ${n} is no share`);
  const value = count / n;
  const center = value + (z * z) / (2 * n);
  const half = z * Math.sqrt((value * (1 - value)) / n + (z * z) / (4 * n * n));
  const scale = 1 + (z * z) / n;
  return {
    count,
    n,
    value,
    // Rounding must not put a bound on the wrong side of the share.
    low: count === 0 ? 0 : Math.max(0, Math.min(value, (center - half) / scale)),
    high: count === n ? 1 : Math.min(1, Math.max(value, (center + half) / scale)),
  };
}

/** How two variants did on the same prompts. */
export interface PairedCells {
  readonly both: number;
  readonly onlyFirst: number;
  readonly onlySecond: number;
  readonly neither: number;
}

export interface Difference extends Interval {
  readonly value: number;
}

/**
 * Share of the first minus share of the second on the same prompts, with Newcombe's square-and-add interval.
 * Source: Newcombe 1998, Statistics in Medicine 17, 2635, method 10 (with the continuity correction of phi).
 * @throws RangeError without a prompt
 */
export function pairedDifference(cells: PairedCells, z = Z_95): Difference {
  const { both, onlyFirst, onlySecond, neither } = cells;
  const n = both + onlyFirst + onlySecond + neither;
  const first = wilson(both + onlyFirst, n, z);
  const second = wilson(both + onlySecond, n, z);
  const value = (onlyFirst - onlySecond) / n;
  const phi = correctedPhi(cells, n);
  const spread = (a: number, b: number): number => Math.sqrt(Math.max(0, a * a - 2 * phi * a * b + b * b));
  return {
    value,
    low: Math.max(-1, value - spread(first.value - first.low, second.high - second.value)),
    high: Math.min(1, value + spread(first.high - first.value, second.value - second.low)),
  };
}

function correctedPhi({ both, onlyFirst, onlySecond, neither }: PairedCells, n: number): number {
  const margins = (both + onlyFirst) * (onlySecond + neither) * (both + onlySecond) * (onlyFirst + neither);
  if (margins === 0) return 0;
  const cross = both * neither - onlyFirst * onlySecond;
  const corrected = cross > 0 ? Math.max(0, cross - n / 2) : cross;
  return corrected / Math.sqrt(margins);
}

/**
 * Mean of differences of pairs with the normal interval of its standard error.
 * @throws RangeError without a difference
 */
export function meanDifference(differences: readonly number[], z = Z_95): Difference {
  const n = differences.length;
  if (n === 0) throw new RangeError('There is no difference to average');
  const value = differences.reduce((sum, one) => sum + one, 0) / n;
  if (n === 1) return { value, low: -Infinity, high: Infinity };
  const squares = differences.reduce((sum, one) => sum + (one - value) ** 2, 0);
  const half = z * Math.sqrt(squares / (n - 1) / n);
  return { value, low: value - half, high: value + half };
}
