/** Eigenvalues in ascending order; `vectors[i]` belongs to `values[i]`. */
export interface Eigen {
  readonly values: Float64Array;
  readonly vectors: readonly Float64Array[];
}

/** More iterations than any matrix of finite numbers takes for one eigenvalue. */
const ITERATIONS_MAX = 60;

/**
 * All eigenvalues and eigenvectors of a small symmetric matrix: Householder's reduction to tridiagonal form, then the
 * implicit QL iteration (EISPACK's `tred2` and `tql2`). About 9 n³ operations.
 * @param matrix rows of finite numbers; only its lower triangle is read
 */
export function symmetricEigen(matrix: readonly Float64Array[]): Eigen {
  // As columns: every inner loop below runs down one or two of them.
  const columns = matrix.map((_, j) => Float64Array.from(matrix, (row) => at(row, j)));
  const { diagonal, off } = tridiagonalize(columns);
  diagonalize(columns, diagonal, off);
  const order = [...diagonal.keys()].sort((a, b) => at(diagonal, a) - at(diagonal, b));
  return {
    values: Float64Array.from(order, (index) => at(diagonal, index)),
    vectors: order.map((index) => columns[index] ?? NONE),
  };
}

const NONE = new Float64Array();

const at = (values: Float64Array | undefined, index: number): number => values?.[index] ?? 0;

function put(columns: readonly Float64Array[], i: number, j: number, value: number): void {
  const column = columns[j];
  if (column !== undefined) column[i] = value;
}

/** Replaces `v` with the orthogonal transformation. */
function tridiagonalize(v: readonly Float64Array[]): { diagonal: Float64Array; off: Float64Array } {
  const n = v.length;
  const d = Float64Array.from(v, (column) => at(column, n - 1));
  const e = new Float64Array(n);
  for (let i = n - 1; i > 0; i--) d[i] = reflect(v, d, e, i);
  accumulate(v, d);
  e[0] = 0;
  return { diagonal: d, off: e };
}

/** Eliminates row `i` left of the subdiagonal; returns the reflection's squared length, halved (0: none was needed). */
function reflect(v: readonly Float64Array[], d: Float64Array, e: Float64Array, i: number): number {
  let scale = 0;
  for (let k = 0; k < i; k++) scale += Math.abs(at(d, k));
  if (scale === 0) {
    e[i] = at(d, i - 1);
    for (let j = 0; j < i; j++) {
      d[j] = at(v[j], i - 1);
      put(v, i, j, 0);
      put(v, j, i, 0);
    }
    return 0;
  }
  let h = 0;
  for (let k = 0; k < i; k++) {
    d[k] = at(d, k) / scale;
    h += at(d, k) ** 2;
  }
  const f = at(d, i - 1);
  const g = f > 0 ? -Math.sqrt(h) : Math.sqrt(h);
  e[i] = scale * g;
  h -= f * g;
  d[i - 1] = f - g;
  applyReflection(v, d, e, i, h);
  return h;
}

function applyReflection(
  v: readonly Float64Array[],
  d: Float64Array,
  e: Float64Array,
  i: number,
  h: number,
): void {
  e.fill(0, 0, i);
  v[i]?.set(d.subarray(0, i));
  for (let j = 0; j < i; j++) {
    const column = v[j] ?? NONE;
    const f = at(d, j);
    let g = at(e, j) + at(column, j) * f;
    for (let k = j + 1; k < i; k++) {
      const value = column[k] ?? 0;
      g += value * (d[k] ?? 0);
      e[k] = (e[k] ?? 0) + value * f;
    }
    e[j] = g;
  }
  let f = 0;
  for (let j = 0; j < i; j++) {
    e[j] = at(e, j) / h;
    f += at(e, j) * at(d, j);
  }
  const half = f / (h + h);
  for (let j = 0; j < i; j++) e[j] = at(e, j) - half * at(d, j);
  for (let j = 0; j < i; j++) {
    const column = v[j] ?? NONE;
    const [left, right] = [at(d, j), at(e, j)];
    for (let k = j; k < i; k++) column[k] = (column[k] ?? 0) - (left * (e[k] ?? 0) + right * (d[k] ?? 0));
    d[j] = at(column, i - 1);
    column[i] = 0;
  }
}

/** Multiplies the reflections, which lie in the columns of `v`; `d` has their squared lengths and gets the diagonal. */
function accumulate(v: readonly Float64Array[], d: Float64Array): void {
  const n = v.length;
  for (let i = 0; i < n - 1; i++) {
    put(v, n - 1, i, at(v[i], i));
    put(v, i, i, 1);
    const h = at(d, i + 1);
    const reflection = v[i + 1] ?? NONE;
    if (h !== 0) {
      for (let k = 0; k <= i; k++) d[k] = at(reflection, k) / h;
      for (let j = 0; j <= i; j++) reflectColumn(v[j] ?? NONE, reflection, d, i + 1);
    }
    reflection.fill(0, 0, i + 1);
  }
  v.forEach((column, j) => {
    d[j] = at(column, n - 1);
    column[n - 1] = 0;
  });
  put(v, n - 1, n - 1, 1);
}

/** `column -= (reflection · column) d`, in the first `count` elements. */
function reflectColumn(column: Float64Array, reflection: Float64Array, d: Float64Array, count: number): void {
  let g = 0;
  for (let k = 0; k < count; k++) g += (reflection[k] ?? 0) * (column[k] ?? 0);
  for (let k = 0; k < count; k++) column[k] = (column[k] ?? 0) - g * (d[k] ?? 0);
}

/** `d` becomes the eigenvalues, the columns of `v` the eigenvectors. */
function diagonalize(v: readonly Float64Array[], d: Float64Array, e: Float64Array): void {
  const n = v.length;
  e.copyWithin(0, 1);
  e[n - 1] = 0;
  for (let l = 0; l < n; l++) {
    for (let iteration = 0; ; iteration++) {
      const m = firstSmall(d, e, l);
      if (m === l) break;
      if (iteration === ITERATIONS_MAX) throw new Error('The eigenvalues do not converge.');
      sweep(v, d, e, l, m);
    }
  }
}

/** The end of the block from `l` that no negligible element splits. */
function firstSmall(d: Float64Array, e: Float64Array, l: number): number {
  let m = l;
  while (
    m < d.length - 1 &&
    Math.abs(at(e, m)) > Number.EPSILON * (Math.abs(at(d, m)) + Math.abs(at(d, m + 1)))
  )
    m++;
  return m;
}

/** One QL step with Wilkinson's shift on the block from `l` to `m`. */
function sweep(v: readonly Float64Array[], d: Float64Array, e: Float64Array, l: number, m: number): void {
  let g = (at(d, l + 1) - at(d, l)) / (2 * at(e, l));
  let r = Math.hypot(g, 1);
  g = at(d, m) - at(d, l) + at(e, l) / (g + (g >= 0 ? r : -r));
  let [s, c, p] = [1, 1, 0];
  for (let i = m - 1; i >= l; i--) {
    const f = s * at(e, i);
    const b = c * at(e, i);
    r = Math.hypot(f, g);
    e[i + 1] = r;
    if (r === 0) {
      d[i + 1] = at(d, i + 1) - p;
      e[m] = 0;
      return;
    }
    s = f / r;
    c = g / r;
    g = at(d, i + 1) - p;
    r = (at(d, i) - g) * s + 2 * c * b;
    p = s * r;
    d[i + 1] = g + p;
    g = c * r - b;
    rotate(v[i] ?? NONE, v[i + 1] ?? NONE, s, c);
  }
  d[l] = at(d, l) - p;
  e[l] = g;
  e[m] = 0;
}

function rotate(left: Float64Array, right: Float64Array, s: number, c: number): void {
  for (let k = 0; k < left.length; k++) {
    const x = left[k] ?? 0;
    const y = right[k] ?? 0;
    right[k] = s * x + c * y;
    left[k] = c * x - s * y;
  }
}
