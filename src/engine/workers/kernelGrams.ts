import { distancesFromGrams, type Distances, type Grams } from '../../core/ediem/gram';
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
  const gram = (thin: Thin): Float64Array => gramOf(thin, rank, memory, signals);
  const grams: Grams = {
    aat: gram({ pointer: memory.put(a), ...planes }),
    btb: gram({ pointer: bAt, ...rows }),
    projected: gram({ pointer: cbAt, ...rows }),
    difference: gram({ pointer: cbAt, minus: bAt, ...rows }),
    inner: gram({ pointer: memory.put(inner), ...planes }),
  };
  return distancesFromGrams(grams, { scale, vNorm, innerVA });
}

function gramOf(
  { pointer, count, rowStride, rankStride, minus }: Thin,
  rank: number,
  memory: KernelMemory,
  signals: JobSignals,
): Float64Array {
  const padded = (rank + 3) & ~3;
  const planes = memory.allocate(padded * BLOCK * 8);
  const gram = memory.allocate(padded * padded * 8);
  memory.bytes(gram, padded * padded * 8).fill(0);
  for (let row = 0; row < count; row += BLOCK) {
    const skip = row * rowStride;
    const rows = Math.min(BLOCK, count - row);
    const y = minus === undefined ? 0 : minus + skip;
    memory.kernels.loadPlanes(pointer + skip, y, rowStride, rankStride, rows, rank, padded, planes);
    memory.kernels.addGram(planes, padded, gram);
    signals.throwIfCancelled();
  }
  const lower = memory.float64(gram, padded * padded);
  const full = new Float64Array(rank * rank);
  for (let i = 0; i < rank; i++) {
    for (let j = 0; j <= i; j++) {
      const value = lower[i * padded + j] ?? 0;
      full[i * rank + j] = value;
      full[j * rank + i] = value;
    }
  }
  return full;
}
