import { DTYPE_BITS, type ArithmeticDtype } from '../../core/safetensors/dtype';
import type { SyncFile } from '../../io/byteSource';
import type { AccumulateColumns, KernelMemory, Kernels, Pack, Pointer, Widen } from '../kernels/kernels';
import type { ColumnFactors } from './columnFactors';
import type { OpenFiles } from './openFiles';
import type { StoredDifference, StoredWeight } from './protocol';
import type { JobSignals } from './signals';
import { tilePlan, type TileBytes } from './tilePlan';

/** Rows whose products are summed in float32 before they are added to float64 sums. */
export const BLOCK_ROWS = 256;
/** Rows of a panel, a divisor of `BLOCK_ROWS`; with 256, products take 4 % longer. */
const PANEL_ROWS = 128;
/** Columns of a panel, a multiple of 8: a panel and its sums fit into the L2 cache. */
const PANEL_COLUMNS = 128;
/** Bytes from row to row of a panel: rows a power of two apart would share a cache set. */
export const PANEL_STRIDE = PANEL_COLUMNS * 4 + 64;
/** Columns of two rows that are multiplied at a time: they and their factors fit into the L1 cache. */
const STRIP_COLUMNS = 1024;

/** Within these limits of the mean square, float32 neither underflows nor overflows. */
const SMALLEST_MEAN = 1e-30;
const LARGEST_MEAN = 1e28;

/** Makes the difference another matrix: changes both tiles, in float32, from this row of the files on. */
export type ReplaceTile = (aligned: Float32Array, base: Float32Array, firstRow: number) => void;

/** The difference of two weights, read tile by tile and subtracted panel by panel, in reused memory. */
export class DifferenceTiles {
  readonly rows: number;
  readonly columns: number;
  readonly panel: Pointer;
  /** Rows of every tile but the last. */
  readonly tileRows: number;
  private readonly base: TileSource;
  private readonly aligned: TileSource;
  private readonly pack: Pack;
  private readonly accumulate: AccumulateColumns;
  /** Bytes of an element of a tile, as the kernels read it. */
  private readonly size: number;

  constructor(
    stored: StoredDifference,
    private readonly memory: KernelMemory,
    files: OpenFiles,
    private readonly signals: JobSignals,
    private readonly replace?: ReplaceTile,
  ) {
    this.rows = stored.rows;
    this.columns = stored.columns;
    const { dtype } = stored.base;
    const plan = tilePlan(stored.columns, dtype, stored.aligned.dtype, replace !== undefined);
    this.tileRows = plan.rows;
    this.aligned = new TileSource(stored.aligned, stored.columns, plan.aligned, memory, files);
    this.base = new TileSource(stored.base, stored.columns, plan.base, memory, files);
    const { asStored } = plan;
    [this.pack, this.accumulate] = kernelsFor(asStored ? dtype : 'F32', memory.kernels);
    this.size = asStored ? DTYPE_BITS[dtype] / 8 : 4;
    this.panel = memory.allocate(PANEL_ROWS * PANEL_STRIDE);
  }

  /** Reads tile by tile, from top to bottom; yields the first row and the number of rows. */
  *pass(isFirst: boolean): Generator<readonly [firstRow: number, rows: number]> {
    for (let row = 0; row < this.rows; row += this.tileRows) {
      this.signals.throwIfCancelled();
      const rows = Math.min(this.tileRows, this.rows - row);
      this.signals.addBytes(this.aligned.read(row, rows) + this.base.read(row, rows), isFirst);
      if (this.replace !== undefined) {
        const count = rows * this.columns;
        const tile = (source: TileSource): Float32Array => this.memory.float32(source.tile, count);
        this.replace(tile(this.aligned), tile(this.base), row);
      }
      yield [row, rows];
    }
  }

  /**
   * Calls `visit` for each panel of the last tile, from top to bottom: its first row in the tile and number
   * of rows, its first column and number of columns, a multiple of 8. Rows of the panel are `PANEL_STRIDE` bytes apart.
   * Returns the sum of squares.
   */
  forEachPanel(
    tileRows: number,
    visit: (firstRow: number, rows: number, firstColumn: number, columns: number) => void,
  ): number {
    let squares = 0;
    for (let row = 0; row < tileRows; row += PANEL_ROWS) {
      const rows = Math.min(PANEL_ROWS, tileRows - row);
      for (let column = 0; column < this.columns; column += PANEL_COLUMNS) {
        const count = Math.min(PANEL_COLUMNS, this.columns - column);
        squares += this.packInto(row, rows, column, count, this.panel, PANEL_STRIDE);
        visit(row, rows, column, (count + 7) & ~7);
      }
    }
    return squares;
  }

  /**
   * Adds `V T` of the last tile to `sums`: four float32 lanes for each row and each of `rank`, a multiple of 4, plus an
   * unused row.
   */
  accumulateColumns(rows: number, factors: ColumnFactors, rank: number, sums: Pointer): void {
    const [stride, { aligned, base, panel }] = [this.columns * this.size, this];
    for (let column = 0; column < this.columns; column += STRIP_COLUMNS) {
      const count = Math.min(STRIP_COLUMNS, this.columns - column);
      const [a, b] = [aligned.tile + column * this.size, base.tile + column * this.size];
      const at = factors.at(0, column);
      this.accumulate(a, b, stride, rows, count, at, factors.groupStride, rank, sums, panel);
    }
  }

  /** Packs the last tile into rows of `stride` bytes at `out`; returns the sum of squares. */
  packTile(rows: number, out: Pointer, stride: number): number {
    let squares = 0;
    for (let column = 0; column < this.columns; column += PANEL_COLUMNS) {
      const count = Math.min(PANEL_COLUMNS, this.columns - column);
      squares += this.packInto(0, rows, column, count, out + column * 4, stride);
    }
    return squares;
  }

  /**
   * `‖V‖_F` from the kernels' sum of squares, whose parts are float32. If these may have left float32's range, takes
   * another pass in float64. Not finite if a weight holds NaN or infinity.
   */
  norm(squares: number): number {
    const entries = this.rows * this.columns;
    if (squares > SMALLEST_MEAN * entries && squares < LARGEST_MEAN * entries) return Math.sqrt(squares);
    let exact = 0;
    for (const [, tileRows] of this.pass(false)) {
      this.forEachPanel(tileRows, (_row, rows, _column, columns) => {
        for (let i = 0; i < rows; i++) {
          const row = this.memory.float32(this.panel + i * PANEL_STRIDE, columns);
          for (const value of row) exact += value * value;
        }
      });
    }
    return Math.sqrt(exact);
  }

  /** @throws SploraError 'io' if a file has changed since it was opened: results are then invalid */
  assertUnchanged(): void {
    this.aligned.assertUnchanged();
    this.base.assertUnchanged();
  }

  private packInto(
    row: number,
    rows: number,
    column: number,
    columns: number,
    out: Pointer,
    outStride: number,
  ): number {
    const stride = this.columns * this.size;
    const skip = row * stride + column * this.size;
    return this.pack(this.aligned.tile + skip, this.base.tile + skip, stride, rows, columns, out, outStride);
  }
}

/** Row tiles of one weight in the kernels' memory, widened to float32 if the kernels do not support the dtypes. */
class TileSource {
  readonly tile: Pointer;
  private readonly raw: Pointer;
  private readonly rowBytes: number;
  private readonly widen: Widen | undefined;
  /** From top to bottom, with the first row that each has. */
  private readonly pieces: readonly (Pick<StoredWeight, 'offset'> & {
    readonly firstRow: number;
    readonly file: SyncFile;
  })[];

  constructor(
    { file, offset, dtype, below }: StoredWeight,
    private readonly columns: number,
    { raw, widened }: TileBytes,
    private readonly memory: KernelMemory,
    files: OpenFiles,
  ) {
    this.pieces = [{ file, offset, firstRow: 0 }, ...(below === undefined ? [] : [below])].map((piece) => ({
      ...piece,
      file: files.get(piece.file),
    }));
    this.rowBytes = (columns * DTYPE_BITS[dtype]) / 8;
    this.raw = memory.allocate(raw);
    this.widen = widened === 0 ? undefined : widenOf(dtype, memory.kernels);
    this.tile = widened === 0 ? this.raw : memory.allocate(widened);
  }

  /** Returns the number of bytes read. */
  read(firstRow: number, rows: number): number {
    const bytes = rows * this.rowBytes;
    const end = firstRow + rows;
    this.pieces.forEach(({ file, offset, firstRow: top }, at) => {
      const [from, to] = [Math.max(firstRow, top), Math.min(end, this.pieces[at + 1]?.firstRow ?? end)];
      if (from >= to) return;
      const target = this.memory.bytes(
        this.raw + (from - firstRow) * this.rowBytes,
        (to - from) * this.rowBytes,
      );
      file.readInto(target, offset + (from - top) * this.rowBytes);
    });
    this.widen?.(this.raw, this.tile, rows * this.columns);
    return bytes;
  }

  /** @throws SploraError 'io' if a file has changed since it was opened */
  assertUnchanged(): void {
    for (const { file } of this.pieces) file.assertUnchanged();
  }
}

function kernelsFor(dtype: ArithmeticDtype, kernels: Kernels): [Pack, AccumulateColumns] {
  if (dtype === 'BF16') return [kernels.packBf16, kernels.accumulateColumnsBf16];
  if (dtype === 'F16') return [kernels.packF16, kernels.accumulateColumnsF16];
  return [kernels.packF32, kernels.accumulateColumnsF32];
}

/** Undefined for float32. */
function widenOf(dtype: ArithmeticDtype, kernels: Kernels): Widen | undefined {
  if (dtype === 'F32') return undefined;
  if (dtype === 'F64') return kernels.widenF64;
  return dtype === 'BF16' ? kernels.widenBf16 : kernels.widenF16;
}
