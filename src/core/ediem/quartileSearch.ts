import { interpolate, quantilePosition } from './quantile';
import { selectInPlace } from './select';

/** Values inside the bracket that are kept in one pass at the most; more of them narrow the bracket instead. */
const MAX_KEPT = 1 << 19;
/** Room for kept values before any comes: what a search by keys brings fits in. */
const FIRST_KEPT = 1 << 15;
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
  /** 0-based index of the lower of the two order statistics that the quantile lies between. */
  readonly lower: number;
  /** 0: one order statistic is enough. */
  readonly fraction: number;
  /** The wanted order statistics lie within these, for certain. */
  private floor = -Infinity;
  private ceiling = Infinity;
  private low = -Infinity;
  private high = Infinity;
  /** The next pass must bring every value through `add`: the nearest ones beside the bracket are wanted. */
  needsAll = false;
  /** Whether every value outside of the bracket was seen, so that the nearest ones are known. */
  private sawAll = true;
  private passes = 0;
  private counts = emptyCounts();
  /** Grows as needed; `keptCount` of it are values of this pass. */
  private kept: Float64Array;
  private keptCount = 0;
  /** No kept value before this index is larger than any after it. */
  private ordered = 0;
  /** Every `stride`-th inside value is kept. */
  private stride = 1;
  private result: number | undefined;

  /**
   * @param count how many values one pass brings, at least 1
   * @param p which quantile, in [0, 1]
   * @param sample a fair sample of the values, to guess brackets from; may be empty
   */
  constructor(
    private readonly count: number,
    private readonly p: number,
    private readonly sample: Sample,
  ) {
    ({ lower: this.lower, fraction: this.fraction } = quantilePosition(count, p));
    this.kept = new Float64Array(Math.min(count, FIRST_KEPT));
    if (sample.size >= MIN_SAMPLE) [this.low, this.high] = guess(sample, p);
  }

  /** Values outside of this are only counted. */
  get bracket(): readonly [number, number] {
    return [this.low, this.high];
  }

  get done(): boolean {
    return this.result !== undefined;
  }

  /** One block of a pass: block size and order do not matter. Values are never NaN. */
  add(values: Float32Array | Float64Array): void {
    const { low, high, counts } = this;
    // Indices take half the time of an iterator.
    for (let i = values.length; i-- > 0;) {
      const value = values[i] ?? NaN;
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

  /** Values of a pass that are known to lie below or above the bracket, or the wanted order statistics. */
  addOutside(below: number, above: number): void {
    this.counts.below += below;
    if (below + above > 0) this.sawAll = false;
  }

  endPass(): void {
    this.passes++;
    const kept = this.kept.subarray(0, this.keptCount);
    const lower = this.orderStatistic(this.lower, kept);
    const upper = this.fraction === 0 ? lower : this.orderStatistic(this.lower + 1, kept);
    if (typeof lower === 'number' && typeof upper === 'number') {
      this.result = interpolate(lower, upper, this.fraction);
      return;
    }
    if (lower === 'beside' || upper === 'beside') this.needsAll = true;
    else this.moveBracket(typeof lower === 'number' ? upper : lower, kept);
    this.counts = emptyCounts();
    this.keptCount = 0;
    this.ordered = 0;
    this.stride = 1;
    this.sawAll = true;
  }

  /** @throws Error before `done`. */
  value(): number {
    if (this.result === undefined) throw new Error('The search has not ended.');
    return this.result;
  }

  private keep(value: number): void {
    if (this.counts.inside++ % this.stride !== 0) return;
    if (this.keptCount === this.kept.length) this.makeRoom();
    this.kept[this.keptCount++] = value;
  }

  private makeRoom(): void {
    if (this.kept.length < MAX_KEPT) {
      const larger = new Float64Array(Math.min(this.kept.length * 4, MAX_KEPT));
      larger.set(this.kept);
      this.kept = larger;
      return;
    }
    for (let i = 0; 2 * i < this.keptCount; i++) this.kept[i] = this.kept[2 * i] ?? NaN;
    this.keptCount /= 2;
    this.stride *= 2;
  }

  private orderStatistic(index: number, kept: Float64Array): number | Place {
    const { below, atLow, inside, atHigh, maxBelow, minAbove } = this.counts;
    let rest = index - below;
    if (rest < 0) return rest === -1 ? this.seen(maxBelow) : 'below';
    if (rest < atLow) return this.low;
    rest -= atLow;
    if (rest < inside) return this.stride === 1 ? this.select(kept, rest) : 'inside';
    rest -= inside;
    if (rest < atHigh) return this.high;
    return rest === atHigh ? this.seen(minAbove) : 'above';
  }

  /** Of ascending indices in one pass. */
  private select(kept: Float64Array, index: number): number {
    const value = selectInPlace(kept, index, this.ordered);
    this.ordered = index;
    return value;
  }

  /** The value next to the bracket; a place while some outside values were only counted. */
  private seen(neighbor: number): number | Place {
    return this.sawAll ? neighbor : 'beside';
  }

  /** The next bracket: what is left of the certain range, or, where that holds too many values, a part of it. */
  private moveBracket(where: Place | number, kept: Float64Array): void {
    const { below, atLow, inside, atHigh } = this.counts;
    const [low, high] = [this.low, this.high];
    if (where === 'below') this.ceiling = low;
    else if (where === 'above') this.floor = high;
    else [this.floor, this.ceiling] = [low, high];
    [this.low, this.high] = [this.floor, this.ceiling];
    if (this.passes > GUESSED_PASSES) {
      if (where === 'inside') this.high = selectInPlace(kept, kept.length >> 1);
    } else if (where === 'inside') {
      const p = Math.min(1, Math.max(0, (this.lower - below - atLow) / inside));
      [this.low, this.high] = guess(sortedSample(kept.slice().sort()), p);
    } else if (where === 'below') this.guessAgain(below / this.count - this.sample.share(low));
    else if (where === 'above') {
      this.guessAgain((below + atLow + inside + atHigh) / this.count - this.sample.share(high));
    }
  }

  /** @param error of the sample at the bracket's edge, which the missed pass has counted out */
  private guessAgain(error: number): void {
    if (this.sample.size < MIN_SAMPLE) return;
    const [low, high] = guess(this.sample, Math.min(1, Math.max(0, this.p - error)));
    if (low > this.floor && low < this.ceiling) this.low = low;
    if (high < this.ceiling && high > this.floor) this.high = high;
  }
}

/** What is known of the values before the first pass. */
export interface Sample {
  readonly size: number;
  /** Two values that hold the sample's quantiles `from` and `to` (in [0, 1]) between them, with little room. */
  between(from: number, to: number): [number, number];
  /** Share of the sample below `value`. */
  share(value: number): number;
}

/** A sample in ascending order. */
export function sortedSample(sorted: Float64Array | Float32Array): Sample {
  const quantile = (p: number): number => {
    const { lower, fraction } = quantilePosition(sorted.length, p);
    const low = sorted[lower] ?? NaN;
    return interpolate(low, sorted[lower + 1] ?? low, fraction);
  };
  return {
    size: sorted.length,
    between: (from, to) => [quantile(from), quantile(to)],
    share: (value) => {
      const index = sorted.findIndex((other) => other >= value);
      return (index < 0 ? sorted.length : index) / sorted.length;
    },
  };
}

/** Where a wanted order statistic lies; `beside`: it is the nearest value outside, which was only counted. */
type Place = 'below' | 'inside' | 'above' | 'beside';

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

/**
 * A bracket that holds the p-quantile but for about one sample in 400 (three standard errors each side): a wider one
 * costs every search more than the missed ones cost.
 */
function guess(sample: Sample, p: number): [number, number] {
  const margin = 3 * Math.sqrt(Math.max(p * (1 - p), 1 / sample.size) / sample.size);
  return sample.between(Math.max(0, p - margin), Math.min(1, p + margin));
}
