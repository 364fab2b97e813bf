import type { KernelMemory, Pointer } from '../kernels/kernels';
import { ColumnFactors } from './columnFactors';
import { BLOCK_ROWS, PANEL_STRIDE, type DifferenceTiles } from './differenceTiles';
import { placeOf } from './panelOrder';
import type { Factors, ThinProducts } from './protocol';
import { MAX_TILE_ROWS } from './tilePlan';

/** Bytes after each row of the sums: rows a power of two apart would share an L1 cache set. */
const ROW_PADDING = 320;

/** Float32 sums of a block, added to float64 totals: rank x columns, both padded, in panel order. */
class PanelSums {
  private readonly stride: number;
  private readonly part: Pointer;
  private readonly total: Pointer;

  constructor(
    private readonly memory: KernelMemory,
    readonly paddedRank: number,
    readonly columns: number,
  ) {
    this.stride = ((columns + 7) & ~7) * 4 + ROW_PADDING;
    this.part = memory.allocate(paddedRank * this.stride);
    this.total = memory.allocate(2 * paddedRank * this.stride);
    memory.bytes(this.part, paddedRank * this.stride).fill(0);
    memory.bytes(this.total, 2 * paddedRank * this.stride).fill(0);
  }

  /** Adds the last tile, its rows weighted by `factors` ([rows][padded rank]); returns its sum of squares. */
  addTile(tiles: DifferenceTiles, tileRows: number, factors: Pointer): number {
    const { paddedRank, stride, memory } = this;
    return tiles.forEachPanel(tileRows, (row, rows, column, columns) => {
      const weights = factors + row * paddedRank * 4;
      const out = this.part + column * 4;
      memory.kernels.accumulateRows(
        tiles.panel,
        PANEL_STRIDE,
        rows,
        columns,
        weights,
        paddedRank,
        out,
        stride,
      );
    });
  }

  /** @param rowsDone where the last tile ended */
  endTile(rowsDone: number, rows: number): void {
    if (rowsDone % BLOCK_ROWS !== 0 && rowsDone !== rows) return;
    this.memory.kernels.flush(this.part, this.total, (this.paddedRank * this.stride) / 4);
  }

  forEach(rank: number, visit: (k: number, column: number, sum: number) => void): void {
    const row = this.stride / 4;
    for (let k = 0; k < rank; k++) {
      const totals = this.memory.float64(this.total + k * row * 8, row);
      for (let column = 0; column < this.columns; column++) visit(k, column, totals[placeOf(column)] ?? 0);
    }
  }
}

/** `T = Vᵀ B` and `V T` by the kernels. */
export function kernelProducts(
  factors: Factors,
  tiles: DifferenceTiles,
  transposed: boolean,
  memory: KernelMemory,
): ThinProducts {
  return transposed ? onePass(factors, tiles, memory) : twoPasses(factors, tiles, memory);
}

/** The files store rows of `V`: `Vᵀ B` needs all of them, so `V (Vᵀ B)` takes a second pass. */
function twoPasses(
  { m, n, rank, a, b }: Factors,
  tiles: DifferenceTiles,
  memory: KernelMemory,
): ThinProducts {
  const { kernels } = memory;
  const padded = (rank + 3) & ~3;
  const bRows = padRows(b, m, rank, padded, memory);
  const sums = new PanelSums(memory, padded, n);
  const lanes = memory.allocate((MAX_TILE_ROWS + 1) * padded * 16);
  const cbRows = memory.allocate(m * padded * 4);
  let squares = 0;
  for (const [firstRow, rows] of tiles.pass(true)) {
    squares += sums.addTile(tiles, rows, bRows + firstRow * padded * 4);
    sums.endTile(firstRow + rows, m);
  }
  const vNorm = tiles.norm(squares);
  const inner = new Float32Array(rank * n);
  if (!(vNorm > 0)) return { vNorm, cb: new Float32Array(m * rank), inner, innerVA: 0 };
  let innerVA = 0;
  sums.forEach(rank, (k, j, sum) => {
    inner[k * n + j] = sum / vNorm;
    innerVA += sum * (a[k * n + j] ?? 0);
  });
  const t = new ColumnFactors(memory, n, rank);
  t.fill(inner, 1, n);
  for (const [firstRow, rows] of tiles.pass(false)) {
    memory.bytes(lanes, (rows + 1) * padded * 16).fill(0);
    tiles.accumulateColumns(rows, t, padded, lanes);
    kernels.sumLanes(lanes, cbRows + firstRow * padded * 4, rows * padded);
  }
  return { vNorm, cb: unpadRows(cbRows, m, rank, padded, memory), inner, innerVA };
}

/** `Z = X W` and `Xᵀ Z`, for `X` as the files store it. */
interface RowProducts {
  /** `Z`: rows x padded rank. */
  readonly z: Pointer;
  readonly paddedRank: number;
  /** `Xᵀ Z`. */
  readonly sums: PanelSums;
  /** The sum of squares of `X`. */
  readonly squares: number;
}

/**
 * Each row of a tile gives its row of `Z` and with it a part of `Xᵀ Z`, so this takes one pass.
 * @param w columns x rank: element (column, k) is `w[column * columnStep + k * rankStep]`
 */
export function rowProducts(
  w: { readonly values: Float32Array; readonly columnStep: number; readonly rankStep: number },
  rank: number,
  { tiles, isFirst }: { readonly tiles: DifferenceTiles; readonly isFirst: boolean },
  memory: KernelMemory,
): RowProducts {
  const { rows: rowCount, columns } = tiles;
  const paddedRank = (rank + 3) & ~3;
  const sums = new PanelSums(memory, paddedRank, columns);
  const factors = new ColumnFactors(memory, columns, rank);
  factors.fill(w.values, w.columnStep, w.rankStep);
  const lanes = memory.allocate((MAX_TILE_ROWS + 1) * paddedRank * 16);
  const z = memory.allocate(rowCount * paddedRank * 4);
  let squares = 0;
  for (const [firstRow, rows] of tiles.pass(isFirst)) {
    memory.bytes(lanes, (rows + 1) * paddedRank * 16).fill(0);
    tiles.accumulateColumns(rows, factors, paddedRank, lanes);
    const zTile = z + firstRow * paddedRank * 4;
    memory.kernels.sumLanes(lanes, zTile, rows * paddedRank);
    squares += sums.addTile(tiles, rows, zTile);
    sums.endTile(firstRow + rows, rowCount);
  }
  return { z, paddedRank, sums, squares };
}

/** The files store rows of `Vᵀ`, so one pass is enough for `V (Vᵀ B)`. */
function onePass({ m, n, rank, a, b }: Factors, tiles: DifferenceTiles, memory: KernelMemory): ThinProducts {
  const w = { values: b, columnStep: rank, rankStep: 1 };
  const { z, paddedRank, sums, squares } = rowProducts(w, rank, { tiles, isFirst: true }, memory);
  const vNorm = tiles.norm(squares);
  const [cb, inner] = [new Float32Array(m * rank), new Float32Array(rank * n)];
  if (!(vNorm > 0)) return { vNorm, cb, inner, innerVA: 0 };
  sums.forEach(rank, (k, i, sum) => {
    cb[i * rank + k] = sum / vNorm;
  });
  const t = memory.float32(z, n * paddedRank);
  let innerVA = 0;
  for (let j = 0; j < n; j++) {
    for (let k = 0; k < rank; k++) {
      const value = t[j * paddedRank + k] ?? 0;
      inner[k * n + j] = value / vNorm;
      innerVA += value * (a[k * n + j] ?? 0);
    }
  }
  return { vNorm, cb, inner, innerVA };
}

/** A copy with zeros beyond the rank. */
function padRows(
  values: Float32Array,
  rows: number,
  rank: number,
  padded: number,
  memory: KernelMemory,
): Pointer {
  const pointer = memory.allocate(rows * padded * 4);
  const copy = memory.float32(pointer, rows * padded);
  copy.fill(0);
  if (rank === padded) copy.set(values);
  else for (let i = 0; i < rows; i++) copy.set(values.subarray(i * rank, (i + 1) * rank), i * padded);
  return pointer;
}

function unpadRows(
  pointer: Pointer,
  rows: number,
  rank: number,
  padded: number,
  memory: KernelMemory,
): Float32Array<ArrayBuffer> {
  const values = memory.float32(pointer, rows * padded);
  if (rank === padded) return values.slice();
  const copy = new Float32Array(rows * rank);
  for (let i = 0; i < rows; i++) copy.set(values.subarray(i * padded, i * padded + rank), i * rank);
  return copy;
}
