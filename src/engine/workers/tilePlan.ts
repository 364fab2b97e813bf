import { DTYPE_BITS, type ArithmeticDtype } from '../../core/safetensors/dtype';

/** Bytes of one tile of each weight at the most: larger reads cost less a byte than what leaves the second-level cache. */
const TILE_BYTES = 2 << 20;
/** Rows of a tile: a power of two up to this, so that blocks of float32 sums (BLOCK_ROWS) end where tiles do. */
export const MAX_TILE_ROWS = 256;
const MIN_TILE_ROWS = 16;

/** The tiles of a pair of weights: what `DifferenceTiles` allocates, and `threadLimit` counts before it does. */
export interface TilePlan {
  /** Rows of every tile but the last. */
  readonly rows: number;
  /** Whether the kernels take this pair of dtypes; where not, they take both in float32. */
  readonly asStored: boolean;
  readonly base: TileBytes;
  readonly aligned: TileBytes;
}

/** Bytes of one weight's tile as it is read and, 0 where that is what the kernels take, beside it in float32. */
export interface TileBytes {
  readonly raw: number;
  readonly widened: number;
}

/**
 * How large the tiles of two weights are.
 * @param columns of both as they are stored
 */
export function tilePlan(columns: number, base: ArithmeticDtype, aligned: ArithmeticDtype): TilePlan {
  const rowBytes = (columns * DTYPE_BITS[aligned]) / 8;
  const fitting = 2 ** Math.floor(Math.log2(TILE_BYTES / rowBytes));
  const rows = Math.min(MAX_TILE_ROWS, Math.max(MIN_TILE_ROWS, fitting));
  const asStored = base === aligned && base !== 'F64';
  const bytes = (dtype: ArithmeticDtype): TileBytes => ({
    raw: (rows * columns * DTYPE_BITS[dtype]) / 8,
    widened: asStored || dtype === 'F32' ? 0 : rows * columns * 4,
  });
  return { rows, asStored, base: bytes(base), aligned: bytes(aligned) };
}
