import type { KernelMemory } from '../kernels/kernels';
import { PANEL_STRIDE, type DifferenceTiles } from './differenceTiles';

/** Within these limits of the mean square, float32 neither underflows nor overflows. */
const SMALLEST_MEAN = 1e-30;
const LARGEST_MEAN = 1e28;

/**
 * `‖V‖_F` from the kernels' sum of squares, whose parts are float32. If these may have left float32's range, takes another
 * pass in float64. Not finite if a weight holds NaN or infinity.
 */
export function safeNorm(squares: number, tiles: DifferenceTiles, memory: KernelMemory): number {
  const entries = tiles.rows * tiles.columns;
  if (squares > SMALLEST_MEAN * entries && squares < LARGEST_MEAN * entries) return Math.sqrt(squares);
  let exact = 0;
  for (const [, tileRows] of tiles.pass(false)) {
    tiles.forEachPanel(tileRows, (_row, rows, _column, columns) => {
      for (let i = 0; i < rows; i++) {
        for (const value of memory.float32(tiles.panel + i * PANEL_STRIDE, columns)) exact += value * value;
      }
    });
  }
  return Math.sqrt(exact);
}
