import { setImmediate } from 'node:timers/promises';
import { productRows, sampleEntries, type ThinProduct } from '../core/ediem/entries';
import { distancesFromFactors } from '../core/ediem/gram';
import { quantile } from '../core/ediem/quantile';
import { QuartileSearch, sortedSample } from '../core/ediem/quartileSearch';
import type { ModuleMeasure } from '../core/ediem/types';
import type { QuartileMode } from '../core/report/analysis';
import type { Difference } from './difference';
import type { DenseAlgebra } from './ort';

/** Entries in a bracketing sample: the bracket then holds about 1.4 % of the entries. */
const BRACKET_SAMPLE = 1 << 16;
/** Entries in a `sampled` quartile: the sample's quartile lies within 0.2 % of the ranks, at four standard errors. */
const QUARTILE_SAMPLE = 1 << 20;
/** Float32 entries of one tile of the product, about half of a core's second-level cache. */
const TILE_ENTRIES = 1 << 17;

/** One active module: its thin factors (float32, row-major) and the difference of its weights. */
export interface ModuleWork {
  readonly module: string;
  readonly rank: number;
  readonly scale: number;
  /** r x n. */
  readonly a: Float32Array;
  /** m x r. */
  readonly b: Float32Array;
  readonly difference: Difference;
}

/** The module has no score; `reason` says why in a sentence. */
export interface NoMeasure {
  readonly status: 'inactive' | 'unsupported';
  readonly reason: string;
}

/**
 * Measures one module. Memory: a few tiles and the thin factors, whatever the size of the weights.
 * @throws SploraError `cancelled` through the signal; `io` and the like from reading
 */
export async function measureModule(
  work: ModuleWork,
  algebra: DenseAlgebra,
  quartiles: QuartileMode,
  signal: AbortSignal,
): Promise<ModuleMeasure | NoMeasure> {
  const { module, rank, scale, a, b, difference } = work;
  const [m, n] = difference.shape;
  if (!allFinite(a) || !allFinite(b))
    return { status: 'unsupported', reason: 'lora_A or lora_B holds NaN or infinity.' };
  if (a.every((value) => value === 0) || b.every((value) => value === 0) || scale === 0) {
    return { status: 'inactive', reason: 'The update is zero: this module changes nothing.' };
  }
  const thin = await difference.thinProducts(b, rank, algebra, signal);
  if (!Number.isFinite(thin.vNorm)) {
    return { status: 'unsupported', reason: 'The base or the aligned weight holds NaN or infinity.' };
  }
  if (thin.vNorm === 0) return { status: 'unsupported', reason: IDENTICAL_WEIGHTS };
  const cb = thin.vvtb.map((value) => value / thin.vNorm);
  const distances = distancesFromFactors({ m, n, rank, scale, a, b, vtb: thin.vtb, cb, vNorm: thin.vNorm });
  if (distances.distance === 0)
    return { status: 'inactive', reason: 'The projection leaves the update as it is.' };
  const y = a.map((value) => value * scale);
  const q1 = (x: Float32Array): Promise<number> => firstQuartile({ m, n, rank, x, y }, quartiles, signal);
  return {
    module,
    shape: [m, n],
    rank,
    scale,
    vNorm: thin.vNorm,
    ...distances,
    q1Projected: await q1(cb),
    q1Update: await q1(b),
  };
}

/** Also looked for by the analysis: when it is the reason for every module, the same checkpoint was chosen twice. */
export const IDENTICAL_WEIGHTS =
  'Base and aligned weights are identical here: there is no alignment direction.';

async function firstQuartile(product: ThinProduct, mode: QuartileMode, signal: AbortSignal): Promise<number> {
  const entries = product.m * product.n;
  if (mode === 'sampled' && entries > QUARTILE_SAMPLE) {
    return quantile(sampleEntries(product, QUARTILE_SAMPLE), 0.25);
  }
  const sample = entries > BRACKET_SAMPLE ? sampleEntries(product, BRACKET_SAMPLE).sort() : new Float32Array();
  const search = new QuartileSearch(entries, 0.25, sortedSample(sample));
  const tileRows = Math.max(1, Math.floor(TILE_ENTRIES / product.n));
  const tile = new Float32Array(tileRows * product.n);
  while (!search.done) {
    for (let row = 0; row < product.m; row += tileRows) {
      const rows = Math.min(tileRows, product.m - row);
      productRows(product, row, rows, tile);
      search.add(tile.subarray(0, rows * product.n));
      await setImmediate();
      signal.throwIfAborted();
    }
    search.endPass();
  }
  return search.value();
}

function allFinite(values: Float32Array): boolean {
  return values.every((value) => Number.isFinite(value));
}
