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

/** Also looked for by the analysis: when it is the reason for every module, the same checkpoint was chosen twice. */
export const IDENTICAL_WEIGHTS = say(
  'Base and aligned weights are identical here: there is no alignment direction.',
);

export const WEIGHT_NOT_FINITE = say('The base or the aligned weight holds NaN or infinity.');

/** What a thread measures with. */
export interface Tools {
  readonly memory: KernelMemory;
  readonly files: OpenFiles;
  readonly signals: JobSignals;
}

/** Both factors in float32, or why the module has no score whatever the weights are. */
export function readFactors(work: ModuleWork): Factors | NoMeasure {
  const { m, n, rank, scale } = work;
  const a = floatsOf(work.a, rank, n);
  const b = floatsOf(work.b, m, rank);
  if (!allFinite(a) || !allFinite(b))
    return { status: 'unsupported', reason: say('lora_A or lora_B holds NaN or infinity.') };
  // Its first quartile would be the third of the update without the scale, which nothing has counted.
  if (scale < 0)
    return { status: 'unsupported', reason: say('The scale is negative: the update is turned round.') };
  if (a.every((value) => value === 0) || b.every((value) => value === 0)) {
    return { status: 'inactive', reason: say('The update is zero: this module changes nothing.') };
  }
  // One number in another file away from a change that nothing has looked at.
  if (scale === 0)
    return {
      status: 'unsupported',
      reason: say('The config gives it the scale 0, but its factors are not 0.'),
    };
  return { m, n, rank, scale, a, b };
}

/**
 * `T = Vᵀ B` and `C B`: all that the weights are read for. Memory: a few tiles and thin matrices, whatever their size.
 * @param algebra absent: the kernels multiply
 * @throws SploraError `cancelled`; `io` when a file cannot be read or was changed meanwhile
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

/** The measures that follow from the thin products. */
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
    return { status: 'inactive', reason: say('The projection leaves the update as it is.') };
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

/** Where a number on the way is too large. */
export const BEYOND_FLOAT32: NoMeasure = {
  status: 'unsupported',
  reason: say('The update or its projection leaves the range of 32-bit floating point.'),
};

/** rows x columns, whatever way it is stored. */
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

/** Zero times what is not finite is NaN; the plainest loop, because `every` takes ten times as long. */
function allFinite(values: Float32Array): boolean {
  let sum = 0;
  for (let i = values.length; i-- > 0;) sum += 0 * (values[i] ?? 0);
  return sum === 0;
}
