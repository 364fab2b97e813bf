import type { CheckpointTensor, LocatedWeight } from '../core/checkpoint/types';
import { DTYPE_BITS, type ArithmeticDtype } from '../core/safetensors/dtype';
import { widen } from '../core/safetensors/widen';
import type { DenseAlgebra, Matrix } from './ort';
import type { SourcePool } from './sourcePool';

/** Float32 entries of one tile of `V`: 1 MiB for each of the buffers. */
const TILE_ENTRIES = 1 << 18;

/** What the distances need of `V = W_aligned - W_base`. */
export interface ThinProducts {
  /** `‖V‖_F`. */
  readonly vNorm: number;
  /** `Vᵀ B`, n x r. */
  readonly vtb: Float32Array;
  /** `V Vᵀ B`, m x r. */
  readonly vvtb: Float32Array;
}

/** One side of the difference: a weight whose dtype has arithmetic. */
export interface ReadableWeight {
  readonly tensor: CheckpointTensor;
  readonly dtype: ArithmeticDtype;
}

/** `V` of one module, read from both checkpoints tile by tile and never held whole. */
export class Difference {
  /** `[m, n]`, out x in. */
  readonly shape: readonly [number, number];

  /** @param onBytes told how many weight bytes the first look at a tile has read */
  constructor(
    private readonly base: ReadableWeight,
    private readonly aligned: ReadableWeight,
    /** Both are stored n x m (Conv1D): a row of the file is a column of `V`. */
    private readonly transposed: LocatedWeight['transposed'],
    private readonly pool: SourcePool,
    private readonly onBytes: (bytes: number) => void,
  ) {
    const [rows = 0, columns = 0] = base.tensor.info.shape;
    this.shape = transposed ? [columns, rows] : [rows, columns];
  }

  /** @param b m x r */
  async thinProducts(
    b: Float32Array,
    rank: number,
    algebra: DenseAlgebra,
    signal: AbortSignal,
  ): Promise<ThinProducts> {
    return this.transposed
      ? await this.transposedProducts(b, rank, algebra, signal)
      : await this.plainProducts(b, rank, algebra, signal);
  }

  /** Rows of `V` come: `Vᵀ B` is whole only after all of them, so `V (Vᵀ B)` takes a second look. */
  private async plainProducts(
    b: Float32Array,
    rank: number,
    algebra: DenseAlgebra,
    signal: AbortSignal,
  ): Promise<ThinProducts> {
    const [m, n] = this.shape;
    const sums = new Float64Array(n * rank);
    let squares = 0;
    for await (const { tile, firstRow } of this.tiles(signal, this.onBytes)) {
      squares += sumOfSquares(tile.data);
      const bTile = matrix(b.subarray(firstRow * rank, (firstRow + tile.rows) * rank), tile.rows, rank);
      accumulate(sums, await algebra.run('transposedMultiply', tile, bTile));
    }
    const vtb = Float32Array.from(sums);
    const vvtb = new Float32Array(m * rank);
    if (squares > 0) {
      for await (const { tile, firstRow } of this.tiles(signal)) {
        vvtb.set(await algebra.run('multiply', tile, matrix(vtb, n, rank)), firstRow * rank);
      }
    }
    return { vNorm: Math.sqrt(squares), vtb, vvtb };
  }

  /** Rows of `Vᵀ` come: each gives its rows of `Vᵀ B`, and these their share of `V (Vᵀ B)`, in one look. */
  private async transposedProducts(
    b: Float32Array,
    rank: number,
    algebra: DenseAlgebra,
    signal: AbortSignal,
  ): Promise<ThinProducts> {
    const [m, n] = this.shape;
    const vtb = new Float32Array(n * rank);
    const sums = new Float64Array(m * rank);
    let squares = 0;
    for await (const { tile, firstRow } of this.tiles(signal, this.onBytes)) {
      squares += sumOfSquares(tile.data);
      const rows = await algebra.run('multiply', tile, matrix(b, m, rank));
      vtb.set(rows, firstRow * rank);
      accumulate(sums, await algebra.run('transposedMultiply', tile, matrix(rows, tile.rows, rank)));
    }
    return { vNorm: Math.sqrt(squares), vtb, vvtb: Float32Array.from(sums) };
  }

  /** Row tiles as stored. The tile's memory is used again for the next one. */
  private async *tiles(
    signal: AbortSignal,
    onBytes?: (bytes: number) => void,
  ): AsyncGenerator<{ tile: Matrix; firstRow: number }> {
    const [rows = 0, columns = 0] = this.base.tensor.info.shape;
    const tileRows = Math.max(1, Math.floor(TILE_ENTRIES / columns));
    const [base, aligned] = [this.base, this.aligned].map(
      (weight) => new TileReader(weight, columns, tileRows, this.pool),
    );
    if (base === undefined || aligned === undefined) return;
    for (let firstRow = 0; firstRow < rows; firstRow += tileRows) {
      signal.throwIfAborted();
      const count = Math.min(tileRows, rows - firstRow);
      const [from, to] = await Promise.all([base.read(firstRow, count), aligned.read(firstRow, count)]);
      for (let i = 0; i < to.length; i++) to[i] = (to[i] ?? 0) - (from[i] ?? 0);
      onBytes?.(base.bytesOf(count) + aligned.bytesOf(count));
      yield { tile: matrix(to, count, columns), firstRow };
    }
  }
}

/** Reads and widens row tiles of one weight into one buffer. */
class TileReader {
  private readonly raw: Uint8Array;
  private readonly values: Float32Array;

  constructor(
    private readonly weight: ReadableWeight,
    private readonly columns: number,
    tileRows: number,
    private readonly pool: SourcePool,
  ) {
    this.raw = new Uint8Array(this.bytesOf(tileRows));
    this.values = new Float32Array(tileRows * columns);
  }

  bytesOf(rows: number): number {
    return (rows * this.columns * DTYPE_BITS[this.weight.dtype]) / 8;
  }

  async read(firstRow: number, rows: number): Promise<Float32Array> {
    const { file, info } = this.weight.tensor;
    const raw = this.raw.subarray(0, this.bytesOf(rows));
    await this.pool.readInto(file, raw, info.offset + this.bytesOf(firstRow));
    const values = this.values.subarray(0, rows * this.columns);
    widen(raw, this.weight.dtype, values);
    return values;
  }
}

function matrix(data: Float32Array, rows: number, columns: number): Matrix {
  return { data, rows, columns };
}

function sumOfSquares(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return sum;
}

function accumulate(sums: Float64Array, values: Float32Array): void {
  for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] ?? 0) + (values[i] ?? 0);
}
