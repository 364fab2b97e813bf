import { interpolate, quantile, quantilePosition } from './quantile';

/** Values inside the bracket that are kept in one pass at the most; more of them narrow the bracket instead. */
const MAX_KEPT = 1 << 19;
/** Samples smaller than this say too little to guess a bracket from. */
const MIN_SAMPLE = 64;
/** Passes that guess from samples; after them the bracket is halved, which must end. */
const GUESSED_PASSES = 6;

/**
 * Exact order statistics of values that are streamed and never stored. A pass counts the values below a bracket and
 * keeps those inside. A bracket that misses is moved, one that holds too many is narrowed; what is known to contain
 * the answer only shrinks, so the search ends whatever the values are.
 *
 * Use: `while (!search.done) { for each block: search.add(block); search.endPass(); } search.value()`
 */
export class QuartileSearch {
  private readonly lower: number;
  private readonly fraction: number;
  /** The wanted order statistics lie within these, for certain. */
  private floor = -Infinity;
  private ceiling = Infinity;
  private low = -Infinity;
  private high = Infinity;
  private passes = 0;
  private counts = emptyCounts();
  private kept: number[] = [];
  /** Every `stride`-th inside value is kept. */
  private stride = 1;
  private result: number | undefined;

  /**
   * @param count how many values one pass brings, at least 1
   * @param p which quantile, in [0, 1]
   * @param sample a fair sample of the values, to guess the first bracket from; may be empty
   */
  constructor(count: number, p: number, sample: Float64Array | Float32Array) {
    ({ lower: this.lower, fraction: this.fraction } = quantilePosition(count, p));
    if (sample.length >= MIN_SAMPLE) [this.low, this.high] = guess(sample, p, sample.length);
  }

  get done(): boolean {
    return this.result !== undefined;
  }

  /** One block of a pass: block size and order do not matter. Values are never NaN. */
  add(values: Float32Array | Float64Array): void {
    const { low, high, counts } = this;
    for (const value of values) {
      if (value < low) {
        counts.below++;
        if (value > counts.maxBelow) counts.maxBelow = value;
      } else if (value > high) {
        if (value < counts.minAbove) counts.minAbove = value;
      } else if (value === low) counts.atLow++;
      else if (value === high) counts.atHigh++;
      else this.keep(value);
    }
  }

  endPass(): void {
    this.passes++;
    const sorted = Float64Array.from(this.kept).sort();
    const lower = this.orderStatistic(this.lower, sorted);
    const upper = this.fraction === 0 ? lower : this.orderStatistic(this.lower + 1, sorted);
    if (typeof lower === 'number' && typeof upper === 'number') {
      this.result = interpolate(lower, upper, this.fraction);
      return;
    }
    this.moveBracket(typeof lower === 'number' ? upper : lower, sorted);
    this.counts = emptyCounts();
    this.kept = [];
    this.stride = 1;
  }

  /** @throws Error before `done`. */
  value(): number {
    if (this.result === undefined) throw new Error('The search has not ended.');
    return this.result;
  }

  private keep(value: number): void {
    if (this.counts.inside++ % this.stride !== 0) return;
    this.kept.push(value);
    if (this.kept.length < MAX_KEPT) return;
    this.kept = this.kept.filter((_, index) => index % 2 === 0);
    this.stride *= 2;
  }

  private orderStatistic(index: number, sorted: Float64Array): number | Place {
    const { below, atLow, inside, atHigh, maxBelow, minAbove } = this.counts;
    let rest = index - below;
    if (rest < 0) return rest === -1 ? maxBelow : 'below';
    if (rest < atLow) return this.low;
    rest -= atLow;
    if (rest < inside) return this.stride === 1 ? (sorted[rest] ?? 'inside') : 'inside';
    rest -= inside;
    if (rest < atHigh) return this.high;
    return rest === atHigh ? minAbove : 'above';
  }

  /** The next bracket: what is left of the certain range, or, where that holds too many values, a part of it. */
  private moveBracket(where: Place | number, sorted: Float64Array): void {
    if (where === 'below') this.ceiling = this.low;
    else if (where === 'above') this.floor = this.high;
    else [this.floor, this.ceiling] = [this.low, this.high];
    [this.low, this.high] = [this.floor, this.ceiling];
    if (where !== 'inside') return;
    if (this.passes <= GUESSED_PASSES) {
      const { below, atLow, inside } = this.counts;
      const p = Math.min(1, Math.max(0, (this.lower - below - atLow) / inside));
      [this.low, this.high] = guess(sorted, p, sorted.length);
    } else {
      this.high = sorted[sorted.length >> 1] ?? this.ceiling;
    }
  }
}

type Place = 'below' | 'inside' | 'above';

interface Counts {
  below: number;
  maxBelow: number;
  atLow: number;
  inside: number;
  atHigh: number;
  minAbove: number;
}

function emptyCounts(): Counts {
  return { below: 0, maxBelow: -Infinity, atLow: 0, inside: 0, atHigh: 0, minAbove: Infinity };
}

/** A bracket that holds the p-quantile but for about one sample in 10,000 (four standard errors each side). */
function guess(sample: Iterable<number>, p: number, size: number): [number, number] {
  const margin = 4 * Math.sqrt(Math.max(p * (1 - p), 1 / size) / size);
  return [quantile(sample, Math.max(0, p - margin)), quantile(sample, Math.min(1, p + margin))];
}
