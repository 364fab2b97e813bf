import {
  topSubspaces,
  type Products,
  type TopSubspaces,
  type Vectors,
} from '../../core/algebra/topSubspaces';
import { say } from '../../core/message';
import type { KernelMemory, Pointer } from '../kernels/kernels';
import { DifferenceTiles } from './differenceTiles';
import { rowProducts } from './kernelProducts';
import { IDENTICAL_WEIGHTS, WEIGHT_NOT_FINITE, type Tools } from './measureModule';
import type { ModuleSubspaces, NoResult, SubspaceWork } from './protocol';

/**
 * The top k singular subspaces of `V = W_aligned - W_base`. Memory: tiles, and two thin matrices for each pass.
 * @throws SploraError `cancelled`; `io` if a file cannot be read or has changed
 */
export function alignmentSubspaces(
  { difference, k, isPrecise }: SubspaceWork,
  { memory, files, signals }: Tools,
): ModuleSubspaces | NoResult {
  memory.reset();
  const tiles = new DifferenceTiles(difference, memory, files, signals);
  const products = new TileProducts(tiles, memory);
  const found = topSubspaces(products, k, isPrecise);
  tiles.assertUnchanged();
  const norm = products.norm();
  if (!Number.isFinite(norm)) return { reason: WEIGHT_NOT_FINITE };
  if (norm === 0) return { reason: IDENTICAL_WEIGHTS };
  if (found === undefined)
    return { reason: say('The difference of the weights is too small or too large for 32-bit numbers.') };
  return { kind: 'subspaces', norm, ...sidesOf(found, difference.transposed) };
}

/** In the place of the files' rows and columns: outputs and inputs. */
export function sidesOf(
  { left, right, ...rest }: TopSubspaces,
  isTransposed: boolean,
): Pick<ModuleSubspaces, 'output' | 'input' | 'values' | 'next' | 'settled'> {
  return isTransposed ? { output: right, input: left, ...rest } : { output: left, input: right, ...rest };
}

/** Products with what the tiles hold, as the files store it: `X = V`, or `Vᵀ`. */
export class TileProducts implements Products {
  readonly rows: number;
  readonly columns: number;
  private readonly mark: Pointer;
  private known: number | undefined;

  constructor(
    private readonly tiles: DifferenceTiles,
    private readonly memory: KernelMemory,
  ) {
    this.rows = tiles.rows;
    this.columns = tiles.columns;
    this.mark = memory.mark();
  }

  apply(values: Float32Array<ArrayBuffer>, width: number): { readonly z: Vectors; readonly g: Vectors } {
    const { rows, columns, tiles, memory } = this;
    memory.release(this.mark);
    const w = { values, columnStep: 1, rankStep: columns };
    const isFirst = this.known === undefined;
    const { z, paddedRank, sums, squares } = rowProducts(w, width, { tiles, isFirst }, memory);
    const products = Array.from({ length: width }, () => new Float64Array(rows));
    const thin = memory.float32(z, rows * paddedRank);
    products.forEach((column, k) => {
      for (let i = 0; i < rows; i++) column[i] = thin[i * paddedRank + k] ?? 0;
    });
    const g = Array.from({ length: width }, () => new Float64Array(columns));
    sums.forEach(width, (k, column, sum) => {
      const vector = g[k];
      if (vector !== undefined) vector[column] = sum;
    });
    this.known ??= tiles.norm(squares);
    return { z: products, g };
  }

  norm(): number {
    return this.known ?? NaN;
  }
}
