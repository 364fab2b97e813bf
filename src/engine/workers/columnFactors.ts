import type { KernelMemory, Pointer } from '../kernels/kernels';
import { placeOf } from './panelOrder';

/** Bytes of 4 columns of 4 ranks. */
const GROUP_BYTES = 64;

/**
 * A thin matrix (columns x r) in the layout of `accumulateColumns`: [rank / 4][columns / 4][4][4], columns in panel order
 * and zero-padded to a multiple of 8, ranks to one of 4.
 */
export class ColumnFactors {
  /** Bytes from 4 ranks to the next 4. */
  readonly groupStride: number;
  private readonly pointer: Pointer;
  private readonly bytes: number;

  constructor(
    private readonly memory: KernelMemory,
    private readonly columns: number,
    private readonly rank: number,
  ) {
    this.groupStride = (((columns + 7) & ~7) / 4) * GROUP_BYTES;
    this.bytes = Math.ceil(rank / 4) * this.groupStride;
    this.pointer = memory.allocate(this.bytes);
  }

  /** Element (column, k) is `values[column * columnStep + k * rankStep]`. */
  fill(values: Float32Array, columnStep: number, rankStep: number): void {
    const out = this.memory.float32(this.pointer, this.bytes / 4);
    out.fill(0);
    for (let column = 0; column < this.columns; column++) {
      const at = placeOf(column);
      const first = (at >> 2) * (GROUP_BYTES / 4) + (at & 3);
      for (let k = 0; k < this.rank; k++) {
        const rank = (k >> 2) * (this.groupStride / 4) + (k & 3) * 4;
        out[first + rank] = values[column * columnStep + k * rankStep] ?? 0;
      }
    }
  }

  /** Address of the columns from `column` on, a multiple of 8, for rank `k`. */
  at(k: number, column: number): Pointer {
    return this.pointer + (k >> 2) * this.groupStride + (column >> 2) * GROUP_BYTES + (k & 3) * 16;
  }
}
