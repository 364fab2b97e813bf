import { QuartileSearch, sortedSample } from '../../core/ediem/quartileSearch';
import type { ModuleMeasure } from '../../core/ediem/types';
import { formatSignificant } from '../../core/report/scores';
import { say, type Message } from '../../core/message';
import type { DenseAlgebra } from '../ort';
import { DenseLines, type Block } from './denseLines';
import { BEYOND_FLOAT32, IDENTICAL_WEIGHTS, WEIGHT_NOT_FINITE, type Tools } from './measureModule';
import type { DenseWork, NoMeasure } from './protocol';

/** A float32 matrix of side x side is in memory: at most 1 GiB. No published model has larger layers. */
const SIDE_MAX = 16_384;
/** Elements of a product that is added to that matrix. */
const PRODUCT_ELEMENTS = 1 << 21;
/** Lines of the sample for the first guess of a quartile, at each of `SAMPLE_PLACES`. */
const SAMPLE_LINES = 16;
const SAMPLE_PLACES = 4;
const FIRST_QUARTER = 0.25;

/**
 * Measures `dW = W_file - W_aligned` of a whole weight like a module's `s B A`: `P = C dW`, `C = V Vᵀ / ‖V‖`, computed as
 * `V (Vᵀ dW) / ‖V‖`, or as `(V Vᵀ) dW / ‖V‖` for a weight with more columns than rows. Only one square matrix of the
 * smaller side is in memory; the rest is read block by block.
 * @throws SploraError `cancelled`; `io` if a file cannot be read or has changed
 */
export async function measureDense(
  work: DenseWork,
  { files, signals }: Pick<Tools, 'files' | 'signals'>,
  openAlgebra: () => Promise<DenseAlgebra>,
): Promise<ModuleMeasure | NoMeasure> {
  const lines = new DenseLines(work, files, signals);
  const sizes = sizesOf(lines);
  const outcome = notScored(work, lines, sizes) ?? (await measured(work, lines, sizes, await openAlgebra()));
  lines.assertUnchanged();
  return outcome;
}

interface Sizes {
  readonly vNorm: number;
  readonly updateNorm: number;
  /** `<dW, V>`. */
  readonly inner: number;
}

function sizesOf(lines: DenseLines): Sizes {
  let [vSquares, updateSquares, inner] = [0, 0, 0];
  for (const { v, update } of lines.blocks()) {
    vSquares += dot(v, v);
    updateSquares += dot(update, update);
    inner += dot(update, v);
  }
  return { vNorm: Math.sqrt(vSquares), updateNorm: Math.sqrt(updateSquares), inner };
}

function notScored(
  { isMatrix }: DenseWork,
  { side }: DenseLines,
  { vNorm, updateNorm }: Sizes,
): NoMeasure | undefined {
  const unsupported = (reason: Message): NoMeasure => ({ status: 'unsupported', reason });
  const sized = (reason: Message): NoMeasure =>
    unsupported(say('{0} The change is ‖dW‖ = {1}.', reason, formatSignificant(updateNorm)));
  if (!Number.isFinite(vNorm)) return unsupported(WEIGHT_NOT_FINITE);
  if (!Number.isFinite(updateNorm))
    return unsupported(say('The weight in the file contains NaN or infinity.'));
  if (updateNorm === 0)
    return {
      status: 'inactive',
      reason: say("No change: the file contains the aligned model's own weight."),
    };
  if (!isMatrix) return sized(say('E-DIEM is defined for matrices only.'));
  if (vNorm === 0) return sized(IDENTICAL_WEIGHTS);
  if (side > SIDE_MAX)
    return sized(say('Both sides are larger than {0}: such a weight is not scored.', SIDE_MAX));
  return undefined;
}

async function measured(
  { module, rows, columns, transposed }: DenseWork,
  lines: DenseLines,
  { vNorm, updateNorm, inner }: Sizes,
  algebra: DenseAlgebra,
): Promise<ModuleMeasure | NoMeasure> {
  const projection = await Projection.of(lines, vNorm, algebra);
  const searches = await searchesFor(lines, projection);
  let [squares, distance, along] = [0, 0, 0];
  for (let pass = 0; searches.some(({ done }) => !done); pass++) {
    for (const block of lines.blocks(pass === 0 ? 'base' : undefined)) {
      const both = [await projection.project(block), block.update] as const;
      if (pass === 0) {
        squares += dot(both[0], both[0]);
        distance += distanceSquared(...both);
        along += dot(...both);
      }
      searches.forEach((search, at) => {
        if (!search.done) search.add(both[at === 0 ? 0 : 1]);
      });
    }
    if (!Number.isFinite(squares + distance)) return BEYOND_FLOAT32;
    for (const search of searches) if (!search.done) search.endPass();
  }
  const projectedNorm = Math.sqrt(squares);
  const [q1Projected = 0, q1Update = 0] = searches.map((search) => search.value());
  return {
    module,
    kind: 'replacement',
    shape: transposed ? [columns, rows] : [rows, columns],
    rank: lines.side,
    scale: 1,
    vNorm,
    updateNorm,
    projectedNorm,
    distance: Math.sqrt(distance),
    cosine: projectedNorm > 0 ? along / (projectedNorm * updateNorm) : 0,
    reversal: -inner / vNorm,
    q1Projected,
    q1Update,
  };
}

/** Searches over the entries of `P` and of `dW`; a few lines give the first guess. */
async function searchesFor(lines: DenseLines, projection: Projection): Promise<QuartileSearch[]> {
  const { side, count } = lines;
  const taken = Math.min(SAMPLE_LINES, Math.floor(count / SAMPLE_PLACES));
  const samples = [0, 1].map(() => new Float32Array(SAMPLE_PLACES * taken * side));
  for (let place = 0; place < SAMPLE_PLACES; place++) {
    const block = lines.read(Math.floor((place * (count - taken)) / (SAMPLE_PLACES - 1)), taken);
    samples[0]?.set(await projection.project(block), place * taken * side);
    samples[1]?.set(block.update, place * taken * side);
  }
  return samples.map(
    (sample) => new QuartileSearch(side * count, FIRST_QUARTER, sortedSample(sample.sort())),
  );
}

/** `P` of any block. Uses `V / ‖V‖`, so that products stay within float32's range. */
class Projection {
  private projected: Float32Array<ArrayBuffer> = new Float32Array();

  private constructor(
    private readonly matrix: Float32Array<ArrayBuffer>,
    private readonly lines: DenseLines,
    private readonly vNorm: number,
    private readonly algebra: DenseAlgebra,
  ) {}

  /** One pass over all lines: `Vᵀ dW` if they are rows, `V Vᵀ` if they are columns. */
  static async of(lines: DenseLines, vNorm: number, algebra: DenseAlgebra): Promise<Projection> {
    const { side } = lines;
    const matrix = new Float32Array(side * side);
    const width = Math.max(1, Math.min(side, Math.floor(PRODUCT_ELEMENTS / side)));
    const part = new Float32Array(width * side);
    let packed: Float32Array<ArrayBuffer> = new Float32Array();
    for (const { lines: rows, v, update } of lines.blocks('aligned')) {
      scale(v, 1 / vNorm);
      const w = { data: lines.areRows ? update : v, rows, columns: side };
      if (packed.length < rows * width) packed = new Float32Array(rows * width);
      for (let first = 0; first < side; first += width) {
        const columns = Math.min(width, side - first);
        const x = { data: packed.subarray(0, rows * columns), rows, columns };
        for (let row = 0; row < rows; row++)
          x.data.set(v.subarray(row * side + first, row * side + first + columns), row * columns);
        const product = part.subarray(0, columns * side);
        await algebra.run('transposedMultiply', x, w, product);
        const sums = matrix.subarray(first * side, (first + columns) * side);
        for (let i = sums.length; i-- > 0;) sums[i] = (sums[i] ?? 0) + (product[i] ?? 0);
      }
    }
    return new Projection(matrix, lines, vNorm, algebra);
  }

  /** The same lines of `P`. The array is reused. */
  async project({ lines: rows, v, update }: Block): Promise<Float32Array<ArrayBuffer>> {
    const { side, areRows } = this.lines;
    if (this.projected.length < rows * side) this.projected = new Float32Array(rows * side);
    const projected = this.projected.subarray(0, rows * side);
    const x = { data: areRows ? v : update, rows, columns: side };
    await this.algebra.run('multiply', x, { data: this.matrix, rows: side, columns: side }, projected);
    // If lines are rows, `V` is not divided yet.
    scale(projected, areRows ? 1 : this.vNorm);
    return projected;
  }
}

function scale(values: Float32Array, factor: number): void {
  for (let i = values.length; i-- > 0;) values[i] = (values[i] ?? 0) * factor;
}

function dot(x: Float32Array, y: Float32Array): number {
  let sum = 0;
  for (let i = x.length; i-- > 0;) sum += (x[i] ?? 0) * (y[i] ?? 0);
  return sum;
}

function distanceSquared(x: Float32Array, y: Float32Array): number {
  let sum = 0;
  for (let i = x.length; i-- > 0;) sum += ((x[i] ?? 0) - (y[i] ?? 0)) ** 2;
  return sum;
}
