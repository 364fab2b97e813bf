import type { ModuleMeasure } from '../../core/ediem/types';
import { widen } from '../../core/safetensors/widen';
import type { KernelMemory } from '../kernels/kernels';
import type { DenseAlgebra } from '../ort';
import { DifferenceTiles } from './differenceTiles';
import { kernelDistances } from './kernelGrams';
import { kernelProducts } from './kernelProducts';
import type { OpenFiles } from './openFiles';
import { ortProducts } from './ortProducts';
import type { Factors, ModuleWork, NoMeasure, StoredFactor, ThinProducts } from './protocol';
import { ProductQuartiles } from './quartiles';
import type { JobSignals } from './signals';
import { say } from '../../core/message';

/** `analyze` looks for it: if it is the reason for every module, base and aligned are the same model. */
export const IDENTICAL_WEIGHTS = say(
  'Base and aligned weights are identical here: there is no alignment direction.',
);

export const WEIGHT_NOT_FINITE = say('The base or the aligned weight contains NaN or infinity.');

export interface Tools {
  readonly memory: KernelMemory;
  readonly files: OpenFiles;
  readonly signals: JobSignals;
}

/** Training uses scales from about 0.1 to 100. */
const SMALLEST_SCALE = 1e-6;
/** The largest float16; trained factors are far below. */
const LARGEST_ALONE = 65_504;

/** Both factors in float32, or why the module has no score for any weights. */
export function readFactors(work: ModuleWork): Factors | NoMeasure {
  const { m, n, rank, scale } = work;
  const a = floatsOf(work.a, rank, n);
  const b = floatsOf(work.b, m, rank);
  if (!allFinite(a) || !allFinite(b))
    return { status: 'unsupported', reason: say('lora_A or lora_B contains NaN or infinity.') };
  // Its first quartile would be the third one of the unscaled update, which is not computed.
  if (scale < 0)
    return {
      status: 'unsupported',
      reason: say('The scale is negative, so the update has the opposite sign.'),
    };
  if (largest(a) === 0 || largest(b) === 0) {
    // A loader that computes in 64 bits has an update, and one factor of such size makes NaN of 0.
    if (isUnderflow(work.a) || isUnderflow(work.b) || largest(a) + largest(b) > LARGEST_ALONE)
      return {
        status: 'unsupported',
        reason: say('A factor is zero in 32-bit floating point, but the module may have an effect.'),
      };
    return { status: 'inactive', reason: say('The update is zero: this module changes nothing.') };
  }
  // Changing one number in the config would turn on an update that has no score.
  if (scale < SMALLEST_SCALE)
    return {
      status: 'unsupported',
      reason: say('The config gives it the scale {0}, but its factors are not 0.', scale),
    };
  return { m, n, rank, scale, a, b };
}

/**
 * `T = Vᵀ B` and `C B`, the only step that reads the weights. Memory: a few tiles and thin matrices.
 * @param algebra absent: the kernels multiply
 * @throws SploraError `cancelled`; `io` if a file cannot be read or has changed
 */
export async function thinProducts(
  { difference: stored }: Pick<ModuleWork, 'difference'>,
  factors: Factors,
  { memory, files, signals }: Tools,
  algebra?: DenseAlgebra,
): Promise<ThinProducts> {
  memory.reset();
  const tiles = new DifferenceTiles(stored, memory, files, signals);
  const products =
    algebra === undefined
      ? kernelProducts(factors, tiles, stored.transposed, memory)
      : await ortProducts({ factors, tiles, memory, algebra, signals }, stored.transposed);
  tiles.assertUnchanged();
  return products;
}

export function finishMeasure(
  { module, quartiles }: Pick<ModuleWork, 'module' | 'quartiles'>,
  factors: Factors,
  products: ThinProducts,
  { memory, signals }: Tools,
): ModuleMeasure | NoMeasure {
  const { vNorm, cb } = products;
  if (!Number.isFinite(vNorm)) {
    return { status: 'unsupported', reason: WEIGHT_NOT_FINITE };
  }
  if (vNorm === 0) return { status: 'unsupported', reason: IDENTICAL_WEIGHTS };
  const { m, n, rank, scale, a, b } = factors;
  const scaled = new Float32Array(a.length);
  for (let i = 0; i < a.length; i++) scaled[i] = (a[i] ?? 0) * scale;
  if (!allFinite(scaled) || !allFinite(cb)) return BEYOND_FLOAT32;
  memory.reset();
  const distances = kernelDistances(factors, products, memory, signals);
  if (distances.distance === 0)
    return { status: 'inactive', reason: say('The projection does not change the update.') };
  memory.reset();
  const entries = new ProductQuartiles(m, n, rank, scaled, memory, signals);
  const measure: ModuleMeasure = {
    module,
    shape: [m, n],
    rank,
    scale,
    vNorm,
    ...distances,
    q1Projected: entries.first(cb, distances.projectedNorm, quartiles),
    q1Update: entries.first(b, distances.updateNorm, quartiles),
  };
  const numbers = Object.values(measure).filter((value) => typeof value === 'number');
  return numbers.every((value) => Number.isFinite(value)) ? measure : BEYOND_FLOAT32;
}

export const BEYOND_FLOAT32: NoMeasure = {
  status: 'unsupported',
  reason: say('The update or its projection is out of range for 32-bit floating point.'),
};

/** rows x columns, also if stored transposed. */
function floatsOf({ bytes, dtype, transposed }: StoredFactor, rows: number, columns: number): Floats {
  const values = new Float32Array(rows * columns);
  widen(bytes, dtype, values);
  if (!transposed) return values;
  const result = new Float32Array(values.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) result[i * columns + j] = values[j * rows + i] ?? 0;
  }
  return result;
}

type Floats = Float32Array<ArrayBuffer>;

/** 0 * NaN and 0 * Infinity are NaN. A plain loop, because `every` takes ten times as long. */
export function allFinite(values: Float32Array): boolean {
  let sum = 0;
  for (let i = values.length; i-- > 0;) sum += 0 * (values[i] ?? 0);
  return sum === 0;
}

function largest(values: Float32Array): number {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most;
}

/** Whether a factor has 64-bit numbers that are 0 in 32 bits. */
function isUnderflow({ bytes, dtype }: StoredFactor): boolean {
  if (dtype !== 'F64') return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.byteLength; at += 8) {
    const value = view.getFloat64(at, true);
    if (value !== 0 && Math.fround(value) === 0) return true;
  }
  return false;
}
