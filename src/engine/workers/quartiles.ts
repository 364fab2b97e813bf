import { interpolate, quantilePosition } from '../../core/ediem/quantile';
import { QuartileSearch, sortedSample } from '../../core/ediem/quartileSearch';
import { selectInPlace } from '../../core/ediem/select';
import type { QuartileMode } from '../../core/report/analysis';
import type { KernelMemory, Pointer } from '../kernels/kernels';
import { KeySearch, type ProductPlaces } from './keySearch';
import type { JobSignals } from './signals';
import { say } from '../../core/message';

const FIRST_QUARTER = 0.25;
/**
 * Sample size of a `sampled` quartile. The result is an exact quantile of a rank within 25 % +- 0.71 % with
 * probability 1 - 4e-6 (Dvoretzky, Kiefer and Wolfowitz: 2 exp(-2 N e^2)); one standard error is 0.12 %.
 */
export const QUARTILE_SAMPLE = 1 << 17;
export const SAMPLED_NOTE = say(
  'Quartiles are sampled: each is taken from 131,072 entries at fixed pseudorandom positions and is an exact quantile between 24.29% and 25.71% (Dvoretzky–Kiefer–Wolfowitz bound, which fails in at most 4 of a million cases).',
);
/** Products with fewer entries are computed completely. */
const SMALL_PRODUCT = 1 << 17;
/** After this many passes with keys, a search continues with exact entries, which cannot fail. */
const KEY_PASSES = 3;
/** Entries of a block of exact rows. */
const BLOCK_ENTRIES = 1 << 15;
/** Sampled entries between two checks of the cancel flag. */
const SAMPLE_BLOCK = 1 << 14;

/** First quartiles of `X A` for the left factors of one module. */
export class ProductQuartiles {
  private readonly aPlanes: Pointer;
  private readonly aRows: Pointer;

  /** @param a r x n, scaled */
  constructor(
    private readonly m: number,
    private readonly n: number,
    private readonly rank: number,
    a: Float32Array,
    private readonly memory: KernelMemory,
    private readonly signals: JobSignals,
  ) {
    this.aPlanes = memory.put(a);
    this.aRows = memory.allocate(a.byteLength);
    const rows = memory.float32(this.aRows, a.length);
    for (let k = 0; k < rank; k++) {
      for (let j = 0; j < n; j++) rows[j * rank + k] = a[k * n + j] ?? 0;
    }
  }

  /**
   * 25 % quantile of all entries (in float32, from dot products in float64) or of a sample.
   * @param x m x r
   * @param norm of the product
   */
  first(x: Float32Array, norm: number, mode: QuartileMode): number {
    const mark = this.memory.mark();
    const quartile = this.firstOf(x, norm, mode);
    this.memory.release(mark);
    return quartile;
  }

  private firstOf(x: Float32Array, norm: number, mode: QuartileMode): number {
    const { m, n, rank, aRows, memory } = this;
    const product = { m, n, rank, x: memory.put(x), aRows };
    const entries = m * n;
    if (mode === 'sampled' && entries > QUARTILE_SAMPLE) return this.sampled(product);
    const keys =
      entries > SMALL_PRODUCT
        ? KeySearch.of(product, norm / Math.sqrt(entries), memory, this.signals)
        : undefined;
    const search = new QuartileSearch(
      entries,
      FIRST_QUARTER,
      keys?.sample ?? sortedSample(new Float32Array()),
    );
    let keyPasses = keys === undefined ? 0 : KEY_PASSES;
    while (!search.done) {
      if (keyPasses > 0 && !search.needsAll && keys?.pass(search) === true) keyPasses--;
      else {
        keyPasses = 0;
        this.exactPass(product, search);
      }
      search.endPass();
    }
    return search.value();
  }

  private exactPass({ m, n, rank, x }: ProductPlaces, search: QuartileSearch): void {
    const rows = Math.max(1, Math.floor(BLOCK_ENTRIES / n));
    const mark = this.memory.mark();
    const out = this.memory.allocate(rows * n * 4);
    for (let row = 0; row < m; row += rows) {
      const count = Math.min(rows, m - row);
      this.memory.kernels.productRows(x, this.aPlanes, n, rank, row, count, out);
      search.add(this.memory.float32(out, count * n));
      this.signals.throwIfCancelled();
    }
    this.memory.release(mark);
  }

  private sampled({ m, n, rank, x, aRows }: ProductPlaces): number {
    const out = this.memory.allocate(QUARTILE_SAMPLE * 4);
    for (let first = 0; first < QUARTILE_SAMPLE; first += SAMPLE_BLOCK) {
      const at = out + first * 4;
      this.memory.kernels.sampleExact(x, aRows, m, n, rank, first, SAMPLE_BLOCK, at);
      this.signals.throwIfCancelled();
    }
    const values = new Float64Array(this.memory.float32(out, QUARTILE_SAMPLE));
    const { lower, fraction } = quantilePosition(QUARTILE_SAMPLE, FIRST_QUARTER);
    return interpolate(selectInPlace(values, lower), selectInPlace(values, lower + 1, lower), fraction);
  }
}
