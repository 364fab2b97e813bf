/**
 * Optimal brain surgery, as SparseGPT does it: entries of a matrix get given values, and the entries to their right are
 * changed so that its products with the inputs change least. With `H = U Uᵀ`, `U` upper triangular, the factor `R` of
 * `H⁻¹ = Rᵀ R` is `U⁻¹`, so that `1 / R_jj = U_jj`, and no inverse is needed.
 */
export interface HessianRoot {
  /** Column j of `U`: its first j + 1 elements. */
  readonly columns: readonly Float64Array[];
}

/** Share of the mean of the diagonal that is added to it, as published. */
const DAMPING = 0.01;

/**
 * `U` of `H = gram + damping`.
 * @param gram n x n, symmetric
 * @returns undefined where `H` is not positive definite: no input, or numbers that are not finite
 */
export function hessianRoot(gram: Float64Array, n: number): HessianRoot | undefined {
  let trace = 0;
  for (let j = 0; j < n; j++) trace += gram[j * n + j] ?? 0;
  const u = Float64Array.from(gram);
  for (let j = n - 1; j >= 0; j--) {
    const own = u.subarray(j * n, (j + 1) * n);
    const pivot = Math.sqrt((own[j] ?? 0) + (DAMPING * trace) / n - dot(own, own, j + 1, n));
    if (!(pivot > 0 && pivot < Infinity)) return undefined;
    own[j] = pivot;
    for (let i = 0; i < j; i++) {
      const other = u.subarray(i * n, (i + 1) * n);
      other[j] = ((other[j] ?? 0) - dot(other, own, j + 1, n)) / pivot;
    }
  }
  const columns = Array.from({ length: n }, (_, j) =>
    Float64Array.from({ length: j + 1 }, (_x, i) => u[i * n + j] ?? 0),
  );
  return { columns };
}

/** `U_jj`: what setting an entry of column j costs, for each unit. */
export const costOf = ({ columns }: HessianRoot, j: number): number => columns[j]?.[j] ?? NaN;

/**
 * From left to right: an entry gets its given value, and what that changes of the products is made up for in the free ones.
 * @param start row of the matrix
 * @param given its new values; NaN: free
 */
export function compensatedRow(
  { columns }: HessianRoot,
  start: Float64Array,
  given: Float64Array,
): Float64Array<ArrayBuffer> {
  const result = new Float64Array(start.length);
  const lost = new Float64Array(start.length);
  columns.forEach((column, j) => {
    const before = start[j] ?? 0;
    const wanted = given[j] ?? NaN;
    const value = Number.isNaN(wanted) ? before + dot(lost, column, 0, j) / (column[j] ?? NaN) : wanted;
    result[j] = value;
    lost[j] = before - value;
  });
  return result;
}

function dot(x: Float64Array, y: Float64Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += (x[i] ?? 0) * (y[i] ?? 0);
  return sum;
}
