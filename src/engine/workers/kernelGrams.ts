import { distancesFromSquares, type Distances } from '../../core/ediem/gram';
import type { KernelMemory, Pointer } from '../kernels/kernels';
import type { Factors, ThinProducts } from './protocol';
import type { JobSignals } from './signals';

/** Rows of one block of the kernel. */
const BLOCK = 64;

/** A thin matrix in the kernels' memory: element (i, k) at `i * rowStride + k * rankStride` bytes. */
interface Thin {
  readonly pointer: Pointer;
  readonly count: number;
  readonly rowStride: number;
  readonly rankStride: number;
  /** Subtracted, with the same strides. */
  readonly minus?: Pointer;
}

/** Norms, distance, cosine and reversal of one module, from Gram matrices in float64. */
export function kernelDistances(
  { m, n, rank, scale, a, b }: Factors,
  { vNorm, cb, inner, innerVA }: ThinProducts,
  memory: KernelMemory,
  signals: JobSignals,
): Distances {
  const [bAt, cbAt] = [memory.put(b), memory.put(cb)];
  const rows = { count: m, rowStride: rank * 4, rankStride: 4 };
  const planes = { count: n, rowStride: 4, rankStride: n * 4 };
  const aat = gramOf({ pointer: memory.put(a), ...planes }, rank, memory, signals);
  // One at a time: at a high rank, a Gram matrix is as large as a factor.
  const square = (thin: Thin): number => {
    const mark = memory.mark();
    const sum = dot(gramOf(thin, rank, memory, signals), aat, rank, memory);
    memory.release(mark);
    return sum;
  };
  const squares = {
    update: square({ pointer: bAt, ...rows }),
    projected: square({ pointer: cbAt, ...rows }),
    difference: square({ pointer: cbAt, minus: bAt, ...rows }),
    inner: square({ pointer: memory.put(inner), ...planes }),
  };
  return distancesFromSquares(squares, { scale, vNorm, innerVA });
}

/** Rows and columns of a Gram matrix in the kernels' memory. */
const paddedOf = (rank: number): number => (rank + 3) & ~3;

/** `XᵀX`; the kernel writes its lower half. */
function gramOf(
  { pointer, count, rowStride, rankStride, minus }: Thin,
  rank: number,
  memory: KernelMemory,
  signals: JobSignals,
): Pointer {
  const padded = paddedOf(rank);
  const gram = memory.allocate(padded * padded * 8);
  const planes = memory.allocate(padded * BLOCK * 8);
  memory.bytes(gram, padded * padded * 8).fill(0);
  for (let row = 0; row < count; row += BLOCK) {
    const skip = row * rowStride;
    const rows = Math.min(BLOCK, count - row);
    const y = minus === undefined ? 0 : minus + skip;
    memory.kernels.loadPlanes(pointer + skip, y, rowStride, rankStride, rows, rank, padded, planes);
    memory.kernels.addGram(planes, padded, gram);
    signals.throwIfCancelled();
  }
  return gram;
}

/** `<X, Y>` of two symmetric matrices, given their lower halves. */
function dot(x: Pointer, y: Pointer, rank: number, memory: KernelMemory): number {
  const padded = paddedOf(rank);
  const [left, right] = [memory.float64(x, padded * padded), memory.float64(y, padded * padded)];
  let sum = 0;
  for (let i = 0; i < rank; i++) {
    for (let j = 0; j < rank; j++) {
      const at = j <= i ? i * padded + j : j * padded + i;
      sum += (left[at] ?? 0) * (right[at] ?? 0);
    }
  }
  return sum;
}
