import type { DenseAlgebra } from '../ort';
import type { KernelMemory, Pointer } from '../kernels/kernels';
import type { DifferenceTiles } from './differenceTiles';
import { columnAt } from './panelOrder';
import type { Factors, ThinProducts } from './protocol';
import type { JobSignals } from './signals';

interface Inputs {
  readonly factors: Factors;
  readonly tiles: DifferenceTiles;
  readonly memory: KernelMemory;
  readonly algebra: DenseAlgebra;
  readonly signals: JobSignals;
}

/** `T = Vᵀ B` and `V T` by ONNX Runtime. Tiles are float32 matrices, columns in panel order and zero-padded to a multiple of 8. */
export async function ortProducts(inputs: Inputs, transposed: boolean): Promise<ThinProducts> {
  return transposed ? await onePass(inputs) : await twoPasses(inputs);
}

/** The files store rows of `V`: `Vᵀ B` needs all of them, so `V (Vᵀ B)` takes a second pass. */
async function twoPasses({ factors, tiles, memory, algebra, signals }: Inputs): Promise<ThinProducts> {
  const { m, n, rank, a, b } = factors;
  const width = (n + 7) & ~7;
  const tile = memory.allocate(tiles.tileRows * width * 4);
  const bRows = memory.put(b);
  const sums = new Sums(memory, width * rank);
  const t = memory.allocate(width * rank * 4);
  const cb = memory.allocate(m * rank * 4);
  let squares = 0;
  for (const [firstRow, rows] of tiles.pass(true)) {
    squares += tiles.packTile(rows, tile, width * 4);
    await algebra.run(
      'transposedMultiply',
      { data: memory.float32(tile, rows * width), rows, columns: width },
      { data: memory.float32(bRows + firstRow * rank * 4, rows * rank), rows, columns: rank },
      memory.float32(sums.part, width * rank),
    );
    sums.close();
  }
  const vNorm = tiles.norm(squares);
  const inner = new Float32Array(rank * n);
  if (!(vNorm > 0)) return { vNorm, cb: new Float32Array(m * rank), inner, innerVA: 0 };
  const totals = sums.totals();
  const tValues = memory.float32(t, width * rank);
  let innerVA = 0;
  for (let at = 0; at < width; at++) {
    const j = columnAt(at);
    for (let k = 0; k < rank; k++) {
      const sum = totals[at * rank + k] ?? 0;
      tValues[at * rank + k] = sum / vNorm;
      if (j >= n) continue;
      inner[k * n + j] = sum / vNorm;
      innerVA += sum * (a[k * n + j] ?? 0);
    }
  }
  signals.throwIfCancelled();
  for (const [firstRow, rows] of tiles.pass(false)) {
    tiles.packTile(rows, tile, width * 4);
    await algebra.run(
      'multiply',
      { data: memory.float32(tile, rows * width), rows, columns: width },
      { data: memory.float32(t, width * rank), rows: width, columns: rank },
      memory.float32(cb + firstRow * rank * 4, rows * rank),
    );
  }
  return { vNorm, cb: memory.float32(cb, m * rank).slice(), inner, innerVA };
}

/** The files store rows of `Vᵀ`: each gives its row of `Vᵀ B` and with it a part of `V (Vᵀ B)`, in one pass. */
async function onePass({ factors, tiles, memory, algebra, signals }: Inputs): Promise<ThinProducts> {
  const { m, n, rank, a, b } = factors;
  const width = (m + 7) & ~7;
  const tile = memory.allocate(tiles.tileRows * width * 4);
  const bRows = memory.allocate(width * rank * 4);
  const bValues = memory.float32(bRows, width * rank);
  bValues.fill(0);
  for (let at = 0; at < width; at++) {
    const i = columnAt(at);
    if (i < m) bValues.set(b.subarray(i * rank, (i + 1) * rank), at * rank);
  }
  const sums = new Sums(memory, width * rank);
  const t = memory.allocate(n * rank * 4);
  let squares = 0;
  for (const [firstRow, rows] of tiles.pass(true)) {
    squares += tiles.packTile(rows, tile, width * 4);
    const x = { data: memory.float32(tile, rows * width), rows, columns: width };
    const tRows = memory.float32(t + firstRow * rank * 4, rows * rank);
    const w = { data: memory.float32(bRows, width * rank), rows: width, columns: rank };
    await algebra.run('multiply', x, w, tRows);
    const part = memory.float32(sums.part, width * rank);
    await algebra.run('transposedMultiply', x, { data: tRows, rows, columns: rank }, part);
    sums.close();
  }
  const vNorm = tiles.norm(squares);
  const [cb, inner] = [new Float32Array(m * rank), new Float32Array(rank * n)];
  if (!(vNorm > 0)) return { vNorm, cb, inner, innerVA: 0 };
  signals.throwIfCancelled();
  const totals = sums.totals();
  for (let at = 0; at < width; at++) {
    const i = columnAt(at);
    if (i >= m) continue;
    for (let k = 0; k < rank; k++) cb[i * rank + k] = (totals[at * rank + k] ?? 0) / vNorm;
  }
  const tValues = memory.float32(t, n * rank);
  let innerVA = 0;
  for (let j = 0; j < n; j++) {
    for (let k = 0; k < rank; k++) {
      const value = tValues[j * rank + k] ?? 0;
      inner[k * n + j] = value / vNorm;
      innerVA += value * (a[k * n + j] ?? 0);
    }
  }
  return { vNorm, cb, inner, innerVA };
}

/** Float32 products of tiles, summed in float64. */
class Sums {
  readonly part: Pointer;
  private readonly total: Pointer;
  /** A multiple of 4, for `flush`. */
  private readonly size: number;

  constructor(
    private readonly memory: KernelMemory,
    count: number,
  ) {
    this.size = (count + 3) & ~3;
    this.part = memory.allocate(this.size * 4);
    this.total = memory.allocate(this.size * 8);
    memory.bytes(this.part, this.size * 4).fill(0);
    memory.bytes(this.total, this.size * 8).fill(0);
  }

  close(): void {
    this.memory.kernels.flush(this.part, this.total, this.size);
  }

  totals(): Float64Array {
    return this.memory.float64(this.total, this.size);
  }
}
