import { topSubspaces, type Products, type TopSubspaces, type Vectors } from './topSubspaces';

/**
 * The top k right singular vectors of the rows, that of the largest value first: orthonormal, fewer if the rank is less.
 * @param rows row-major, of `columns` elements each
 */
export function mainDirections(rows: Float64Array, columns: number, k: number): Vectors {
  return topSubspaces(productsOf(rows, columns), k, true)?.right ?? [];
}

export interface MainSubspaces extends Pick<TopSubspaces, 'values'> {
  readonly output: Vectors;
  readonly input: Vectors;
  /** `‖M‖_F`; where it is 0 for float32, there are no vectors. */
  readonly norm: number;
}

/** The top k singular vectors of a dense matrix. @param matrix row-major, of `columns` elements each */
export function mainSubspaces(matrix: Float64Array, columns: number, k: number): MainSubspaces {
  const products = productsOf(matrix, columns);
  const found = topSubspaces(products, k, true);
  if (found === undefined) return { output: [], input: [], values: [], norm: 0 };
  return { output: found.left, input: found.right, values: found.values, norm: products.norm() };
}

function productsOf(matrix: Float64Array, columns: number): Products {
  const rows = matrix.length / columns;
  const norm = Math.sqrt(matrix.reduce((sum, value) => sum + value ** 2, 0));
  return {
    ...{ rows, columns, norm: () => norm },
    apply: (w, width) => {
      const z = Array.from({ length: width }, () => new Float64Array(rows));
      const g = Array.from({ length: width }, () => new Float64Array(columns));
      for (let row = 0; row < rows; row++) {
        const own = matrix.subarray(row * columns, (row + 1) * columns);
        z.forEach((column, at) => {
          const sum = dotAt(own, w, at * columns);
          column[row] = sum;
          addTimes(g[at] ?? NONE, own, sum);
        });
      }
      return { z, g };
    },
  };
}

const NONE = new Float64Array();

function dotAt(x: Float64Array, y: Float32Array, from: number): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (x[i] ?? 0) * (y[from + i] ?? 0);
  return sum;
}

/** `sum += factor x`. */
function addTimes(sum: Float64Array, x: Float64Array, factor: number): void {
  for (let i = 0; i < x.length; i++) sum[i] = (sum[i] ?? 0) + factor * (x[i] ?? 0);
}
