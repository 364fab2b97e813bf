import { widen } from '../../core/safetensors/widen';
import { DTYPE_BITS } from '../../core/safetensors/dtype';
import type { OpenFiles } from './openFiles';
import type { DenseWork, StoredWeight } from './protocol';
import type { JobSignals } from './signals';

/** Elements of a block: 8 MB in float32; a handful are in memory. */
const BLOCK_ELEMENTS = 1 << 21;

/** Lines of `V` and `dW`, row-major, `side` elements each. */
export interface Block {
  readonly lines: number;
  readonly v: Float32Array<ArrayBuffer>;
  readonly update: Float32Array<ArrayBuffer>;
}

/**
 * `V = W_aligned - W_base` and `dW = W_file - W_aligned`, read block by block in lines along the smaller side: the rows of
 * `W`, or its columns if it has more columns than rows. Memory: one block of each, independent of the weights' size.
 */
export class DenseLines {
  /** Elements of a line. */
  readonly side: number;
  /** Number of lines. */
  readonly count: number;
  /** Whether a line is a row of `W` or a column. */
  readonly areRows: boolean;
  /** Whether a line is a row of the files or a column. */
  private readonly straight: boolean;
  private readonly raw: Uint8Array<ArrayBuffer>;
  private readonly buffers: readonly Float32Array<ArrayBuffer>[];

  constructor(
    private readonly work: DenseWork,
    private readonly files: OpenFiles,
    private readonly signals: JobSignals,
  ) {
    const { rows, columns, transposed } = work;
    this.straight = columns <= rows;
    [this.side, this.count] = this.straight ? [columns, rows] : [rows, columns];
    this.areRows = this.straight !== transposed;
    const elements = this.blockLines * this.side;
    this.raw = new Uint8Array(elements * 8);
    this.buffers = Array.from({ length: this.straight ? 3 : 4 }, () => new Float32Array(elements));
  }

  private get blockLines(): number {
    return Math.min(this.count, Math.max(1, Math.floor(BLOCK_ELEMENTS / this.side)));
  }

  /**
   * All blocks in order. Their arrays are reused.
   * @param counts the model whose bytes count as progress; each must be counted once
   */
  *blocks(counts?: 'base' | 'aligned'): Generator<Block> {
    for (let line = 0; line < this.count; line += this.blockLines)
      yield this.read(line, Math.min(this.blockLines, this.count - line), counts);
  }

  /** @param lines at most those of one block */
  read(first: number, lines: number, counts?: 'base' | 'aligned'): Block {
    this.signals.throwIfCancelled();
    const { base, aligned, file } = this.work;
    const [own, v, update] = this.buffers.map((buffer) => buffer.subarray(0, lines * this.side));
    if (own === undefined || v === undefined || update === undefined) throw new Error('No buffers.');
    this.readInto(own, aligned, first, lines, counts === 'aligned');
    this.readInto(v, base, first, lines, counts === 'base');
    this.readInto(update, file, first, lines, false);
    for (let i = own.length; i-- > 0;) {
      const value = own[i] ?? 0;
      v[i] = value - (v[i] ?? 0);
      update[i] = (update[i] ?? 0) - value;
    }
    return { lines, v, update };
  }

  /** @throws SploraError 'io' if a file has changed since it was opened */
  assertUnchanged(): void {
    for (const weight of [this.work.base, this.work.aligned, this.work.file])
      this.files.get(weight.file).assertUnchanged();
  }

  private readInto(
    out: Float32Array<ArrayBuffer>,
    { file: identity, dtype, offset }: StoredWeight,
    first: number,
    lines: number,
    counts: boolean,
  ): void {
    const { side, count } = this;
    const file = this.files.get(identity);
    const size = DTYPE_BITS[dtype] / 8;
    const bytes = this.raw.subarray(0, out.length * size);
    if (this.straight) {
      file.readInto(bytes, offset + first * side * size);
      widen(bytes, dtype, out);
    } else {
      // A part of each row of the file: the block, transposed.
      for (let row = 0; row < side; row++) {
        const piece = bytes.subarray(row * lines * size, (row + 1) * lines * size);
        file.readInto(piece, offset + (row * count + first) * size);
      }
      const wide = this.buffers[3]?.subarray(0, out.length);
      if (wide === undefined) throw new Error('No buffers.');
      widen(bytes, dtype, wide);
      for (let row = 0; row < side; row++) {
        for (let line = 0; line < lines; line++) out[line * side + row] = wide[row * lines + line] ?? 0;
      }
    }
    this.signals.addBytes(bytes.length, counts);
  }
}
