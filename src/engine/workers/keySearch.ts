import type { QuartileSearch, Sample } from '../../core/ediem/quartileSearch';
import type { KernelMemory, Pointer } from '../kernels/kernels';
import type { JobSignals } from './signals';

/** Limit of a key, so that the difference of two fits into 32 bits; `KEY_ROOM` leaves room for rounding. */
const KEY_LIMIT = 2 ** 30;
const KEY_ROOM = 0.999;
/** Sample size for the first bracket, unless 1/64 of all entries is more. */
const SAMPLE = 1 << 18;
const SAMPLE_SHARE = 64;
const SAMPLE_BINS = 1 << 15;
/** Histogram of the listed keys: finer ones leave hardly fewer to evaluate and take longer to scan. */
const LIST_BINS = 1 << 12;
/** Range of the sample's histogram, as a multiple of the root mean square. */
const SAMPLE_REACH = 4;
/**
 * Maximum number of listed entries, unless 1/128 of all entries is more: at rank 256, the error bound of the keys alone
 * brings 0.4 % into the window, and an overflow costs a pass over exact entries.
 */
const CAPACITY = 1 << 20;
const CAPACITY_SHARE = 128;
/** Products of keys between two checks of the cancel flag: less than a millisecond. */
const CHUNK_PRODUCTS = 1 << 22;
/** Size of a hit in `assembly/count.as`: two rows of a group of columns that may hold entries to list. */
const HIT_BYTES = 80;
/** The list has 32-bit indices. */
const MAX_ENTRIES = 2 ** 32;

/** The factors of a product `X A` in the kernels' memory. */
export interface ProductPlaces {
  readonly m: number;
  readonly n: number;
  readonly rank: number;
  /** m x r. */
  readonly x: Pointer;
  /** n x r, the scale included. */
  readonly aRows: Pointer;
}

/**
 * Passes of a `QuartileSearch` over the entries of a product, by 16-bit integer dot products: an entry times `scale`
 * and its key differ by at most `error`, which proves most entries to be below or above without computing them.
 */
export class KeySearch {
  readonly sample: Sample;
  private readonly pairs: number;
  private readonly xKeys: Pointer;
  private readonly aKeys: Pointer;
  private readonly scale: number;
  private readonly error: number;
  private readonly sampleBins: Pointer;
  private readonly listBins: Pointer;
  /** Rows per kernel call. Even. */
  private readonly chunkRows: number;
  private readonly hits: Pointer;
  private readonly capacity: number;
  private readonly list: Pointer;
  private readonly values: Pointer;

  private constructor(
    private readonly product: ProductPlaces,
    rms: number,
    private readonly memory: KernelMemory,
    private readonly signals: JobSignals,
    { scale, scalesAt }: { scale: number; scalesAt: Pointer },
  ) {
    const { m, n, rank, x, aRows } = product;
    this.scale = scale;
    const padded = Math.max(8, (rank + 3) & ~3);
    this.pairs = padded / 2;
    const columns = (n + 7) & ~7;
    this.xKeys = memory.allocate(m * padded * 2);
    this.aKeys = memory.allocate(columns * padded * 2);
    this.sampleBins = memory.allocate(SAMPLE_BINS * 4);
    this.listBins = memory.allocate(LIST_BINS * 4);
    this.chunkRows = Math.max(2, Math.floor(CHUNK_PRODUCTS / n / padded / 2) * 2);
    // One more than the maximum: every group is written, and most are overwritten.
    this.hits = memory.allocate(((this.chunkRows * columns) / 16 + 1) * HIT_BYTES);
    this.capacity = Math.max(CAPACITY, Math.ceil((m * n) / CAPACITY_SHARE));
    this.list = memory.allocate(this.capacity * 8);
    this.values = memory.allocate(this.capacity * 4);
    memory.bytes(this.xKeys, m * padded * 2).fill(0);
    memory.bytes(this.aKeys, columns * padded * 2).fill(0);
    const { kernels } = memory;
    const aSum = kernels.quantise(aRows, n, rank, scalesAt, padded, 8, this.aKeys);
    const xSum = kernels.quantise(x, m, rank, scalesAt + rank * 8, padded, 1, this.xKeys);
    // |Σ (p + δ)(q + ε) - Σ p q| with |δ|, |ε| <= 1/2, plus the error of rounding an entry to float32.
    this.error = Math.ceil((aSum + xSum) / 2 + rank / 4) + 1 + KEY_LIMIT * 2 ** -23;
    this.sample = this.takeSample(rms);
  }

  /**
   * @param rms root mean square of the entries
   * @returns undefined if keys do not help: too many entries, or all products of factors vanish
   */
  static of(
    product: ProductPlaces,
    rms: number,
    memory: KernelMemory,
    signals: JobSignals,
  ): KeySearch | undefined {
    const { m, n, rank, x, aRows } = product;
    if (m * n >= MAX_ENTRIES || n < 8) return undefined;
    const scalesAt = memory.allocate(rank * 16);
    const maxima = memory.allocate(rank * 16);
    const { kernels } = memory;
    kernels.maxAbs(aRows, n, rank, maxima);
    kernels.maxAbs(x, m, rank, maxima + rank * 8);
    const [aMax, xMax] = [memory.float64(maxima, rank), memory.float64(maxima + rank * 8, rank)];
    const [aScale, xScale] = [memory.float64(scalesAt, rank), memory.float64(scalesAt + rank * 8, rank)];
    let largest = 0;
    // Both sides of a rank get the same maximum, so that both use all 16 bits.
    for (let k = 0; k < rank; k++) {
      const [p, q] = [aMax[k] ?? 0, xMax[k] ?? 0];
      const live = p > 0 && q > 0;
      aScale[k] = live ? Math.sqrt(q / p) : 0;
      xScale[k] = live ? Math.sqrt(p / q) : 0;
      largest = Math.max(largest, p * q);
    }
    if (largest === 0) return undefined;
    const norms =
      kernels.maxNorm(aRows, n, rank, scalesAt) * kernels.maxNorm(x, m, rank, scalesAt + rank * 8);
    // Factors fit into 16 bits, and keys (by Cauchy-Schwarz) into their limit.
    const scale = Math.min(32767 ** 2 / largest, (KEY_ROOM * KEY_LIMIT) / Math.sqrt(norms));
    for (const scales of [aScale, xScale])
      scales.forEach((value, k) => (scales[k] = value * Math.sqrt(scale)));
    return new KeySearch(product, rms, memory, signals, { scale, scalesAt });
  }

  /**
   * One pass of the search: every entry is counted or added.
   * @returns false, with the search unchanged, if the bracket holds more entries than can be listed
   */
  pass(search: QuartileSearch): boolean {
    const [low, high] = search.bracket;
    const from = this.keyAt(low, -this.error);
    const to = this.keyAt(high, this.error);
    const width = to - from;
    const { found, above } = this.count(from, width);
    if (found > this.capacity) return false;
    const all = this.product.m * this.product.n;
    const below = all - above;
    const near = this.narrow(search, below, found, from, width);
    search.addOutside(below + near.below, all - below - near.below - near.count);
    search.add(this.memory.float32(this.values, near.count));
    return true;
  }

  private keyAt(value: number, room: number): number {
    return Math.max(-KEY_LIMIT, Math.min(KEY_LIMIT, Math.floor(value * this.scale + room)));
  }

  /** Lists the keys in `[from, from + width)`; `above` counts those at or above `from`. */
  private count(from: number, width: number): { found: number; above: number } {
    const { kernels } = this.memory;
    const { m, n } = this.product;
    const bias = (2 ** 31 - from) | 0;
    const threshold = (width - 2 ** 31) | 0;
    const { aKeys: a, xKeys: x, capacity, list, hits, pairs, chunkRows } = this;
    const even = m & ~1;
    kernels.resetCount();
    for (let row = 0; row < even; row += chunkRows) {
      const rows = Math.min(chunkRows, even - row);
      const end =
        pairs === 4
          ? kernels.countEight(a, n, x, row, rows, bias, threshold, hits)
          : kernels.countPairs(a, n, x, pairs, row, rows, bias, threshold, hits);
      kernels.listHits(hits, end, n, threshold, list, capacity);
      if (n % 8 > 0) kernels.countEdge(a, n, x, pairs, row, rows, n >> 3, bias, threshold, list, capacity);
      this.signals.throwIfCancelled();
    }
    if (even < m) kernels.countEdge(a, n, x, pairs, even, 1, 0, bias, threshold, list, capacity);
    return { found: kernels.foundCount() >>> 0, above: kernels.aboveCount() };
  }

  /**
   * Evaluates the listed entries that can be the order statistics: the k-th entry's key is within twice the error of the
   * k-th key. Evaluates all of them if the edge of the bracket is too close.
   */
  private narrow(
    search: QuartileSearch,
    below: number,
    found: number,
    from: number,
    width: number,
  ): { below: number; count: number } {
    const first = search.lower - below;
    const last = search.fraction === 0 ? first : first + 1;
    let [firstKey, lastKey, before] = [0, 2 ** 32 - 1, 0];
    if (first >= 0 && last < found) {
      const shift = Math.max(0, Math.ceil(Math.log2((width + 1) / LIST_BINS)));
      const bins = this.memory.uint32(this.listBins, LIST_BINS);
      bins.fill(0);
      this.memory.kernels.histogramKeys(this.list, found, shift, this.listBins);
      const size = 2 ** shift;
      const firstBin = Math.floor((binOf(bins, first) * size - 2 * this.error) / size);
      const end = (binOf(bins, last) + 1) * size + 2 * this.error;
      const clear = (firstBin >= 0 || from === -KEY_LIMIT) && (end < width || from + width === KEY_LIMIT);
      if (clear) {
        firstKey = Math.max(0, firstBin) * size;
        lastKey = Math.min(lastKey, Math.ceil(end));
        for (let bin = 0; bin < firstBin; bin++) before += bins[bin] ?? 0;
      }
    }
    const { x, aRows, n, rank } = this.product;
    const { kernels } = this.memory;
    const count = kernels.evaluateKeys(this.list, found, firstKey, lastKey, x, aRows, n, rank, this.values);
    return { below: before, count };
  }

  /** Keys of every row, in columns spread evenly. */
  private takeSample(rms: number): Sample {
    const { m, n } = this.product;
    const groups = n >> 3;
    const wanted = Math.max(SAMPLE, (m * n) / SAMPLE_SHARE);
    const perRow = Math.max(1, Math.min(groups, Math.round(wanted / m / 8)));
    const shift = Math.max(0, Math.ceil(Math.log2((2 * SAMPLE_REACH * rms * this.scale) / SAMPLE_BINS)));
    const { aKeys, xKeys, pairs, sampleBins, memory } = this;
    memory.uint32(sampleBins, SAMPLE_BINS).fill(0);
    const step = strideFor(groups);
    memory.kernels.sampleKeys(aKeys, groups, xKeys, m, pairs, perRow, step, shift, SAMPLE_BINS, sampleBins);
    const bins = (): Uint32Array => memory.uint32(sampleBins, SAMPLE_BINS);
    return histogramSample(bins, m * perRow * 8, 2 ** shift / this.scale);
  }
}

/** The bin that holds the entry of the given rank. */
function binOf(bins: Uint32Array, rank: number): number {
  let [bin, sum] = [0, bins[0] ?? 0];
  while (sum <= rank && bin < bins.length) sum += bins[++bin] ?? 0;
  return bin;
}

/**
 * A histogram as a sample: bin `b` holds the values from `(b - SAMPLE_BINS / 2) * width` on; the outer bins all beyond.
 * @param bins a function, because growing memory detaches views
 */
function histogramSample(bins: () => Uint32Array, size: number, width: number): Sample {
  const edge = (bin: number): number => (bin - SAMPLE_BINS / 2) * width;
  return {
    size,
    between: (from, to) => {
      const [first, last] = [binOf(bins(), from * (size - 1)), binOf(bins(), to * (size - 1))];
      return [first <= 0 ? -Infinity : edge(first), last >= SAMPLE_BINS - 1 ? Infinity : edge(last + 1)];
    },
    share: (value) => {
      const end = Math.max(0, Math.min(SAMPLE_BINS, value / width + SAMPLE_BINS / 2));
      const whole = Math.floor(end);
      const counts = bins();
      let sum = 0;
      for (let bin = 0; bin < whole; bin++) sum += counts[bin] ?? 0;
      return (sum + (end - whole) * (counts[whole] ?? 0)) / size;
    },
  };
}

/** About 0.618 of the groups, and coprime to their number, so that adjacent rows are sampled far apart. */
function strideFor(groups: number): number {
  if (groups < 3) return groups === 2 ? 1 : 0;
  let step = Math.floor(groups * 0.618);
  while (greatestCommonDivisor(step, groups) !== 1) step++;
  return step % groups;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
