import { DTYPE_BITS, type ArithmeticDtype } from '../../core/safetensors/dtype';

/** Maximum size of a tile: larger reads are cheaper per byte, but the tile must fit into the L2 cache. */
const TILE_BYTES = 2 << 20;
/** The rows of a tile are a power of two up to this, so that blocks of float32 sums (BLOCK_ROWS) end where tiles do. */
export const MAX_TILE_ROWS = 256;
const MIN_TILE_ROWS = 16;

/** The tiles of a pair of weights: `DifferenceTiles` allocates them, `threadLimit` counts them before. */
export interface TilePlan {
  /** Rows of every tile but the last. */
  readonly rows: number;
  /** Whether the kernels support this pair of dtypes; if not, both are widened to float32. */
  readonly asStored: boolean;
  readonly base: TileBytes;
  readonly aligned: TileBytes;
}

/** Bytes of a tile as it is read, and widened to float32 (0 if the kernels support the dtype). */
export interface TileBytes {
  readonly raw: number;
  readonly widened: number;
}

/**
 * @param columns of both, in their stored layout
 * @param isWidened both are widened to float32 whatever the kernels support
 */
export function tilePlan(
  columns: number,
  base: ArithmeticDtype,
  aligned: ArithmeticDtype,
  isWidened = false,
): TilePlan {
  const rowBytes = (columns * DTYPE_BITS[aligned]) / 8;
  const fitting = 2 ** Math.floor(Math.log2(TILE_BYTES / rowBytes));
  const rows = Math.min(MAX_TILE_ROWS, Math.max(MIN_TILE_ROWS, fitting));
  const asStored = !isWidened && base === aligned && base !== 'F64';
  const bytes = (dtype: ArithmeticDtype): TileBytes => ({
    raw: (rows * columns * DTYPE_BITS[dtype]) / 8,
    widened: asStored || dtype === 'F32' ? 0 : rows * columns * 4,
  });
  return { rows, asStored, base: bytes(base), aligned: bytes(aligned) };
}
