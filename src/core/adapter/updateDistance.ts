/**
 * Norms and distances of updates `s B A` in float64: from thin Gram matrices, or row by row where the rank is so high that
 * these would be the larger work. The m x n matrix is never held, and no more numbers than a few times the factors.
 */

/** The factors of one update, both with `rank` rows: `a` is A (rank x n), `b` is Bᵀ (rank x m). */
export interface UpdateFactors {
  readonly rank: number;
  readonly scale: number;
  readonly a: Float64Array;
  readonly b: Float64Array;
}

/** `P Qᵀ` of two row-major matrices with rows of equal length; p x q. */
function gram(p: Float64Array, pRows: number, q: Float64Array, qRows: number): Float64Array {
  const length = pRows === 0 ? 0 : p.length / pRows;
  const result = new Float64Array(pRows * qRows);
  for (let i = 0; i < pRows; i++) {
    for (let j = 0; j < qRows; j++) {
      let sum = 0;
      for (let k = 0; k < length; k++) sum += (p[i * length + k] ?? 0) * (q[j * length + k] ?? 0);
      result[i * qRows + j] = sum;
    }
  }
  return result;
}

function dot(p: Float64Array, q: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < p.length; i++) sum += (p[i] ?? 0) * (q[i] ?? 0);
  return sum;
}

/** Row `i` of `B A`, into `row`. */
function updateRow({ rank, a, b }: UpdateFactors, i: number, row: Float64Array): void {
  const [m, n] = [b.length / rank, row.length];
  row.fill(0);
  for (let k = 0; k < rank; k++) {
    const factor = b[k * m + i] ?? 0;
    for (let j = 0; j < n; j++) row[j] = (row[j] ?? 0) + factor * (a[k * n + j] ?? 0);
  }
}

/** `<B₁ A₁, B₂ A₂>`, row by row. */
function innerByRows(left: UpdateFactors, right: UpdateFactors, m: number, n: number): number {
  const [one, other] = [new Float64Array(n), new Float64Array(n)];
  let sum = 0;
  for (let i = 0; i < m; i++) {
    updateRow(left, i, one);
    if (left !== right) updateRow(right, i, other);
    sum += dot(one, left === right ? one : other);
  }
  return sum;
}

/** `<s₁ B₁ A₁, s₂ B₂ A₂> = s₁ s₂ Σ (B₁ᵀ B₂) ∘ (A₁ A₂ᵀ)`. Both sides must adapt the same m x n layer. */
export function updateInner(left: UpdateFactors, right: UpdateFactors): number {
  const [m, n] = [left.b.length / left.rank, left.a.length / left.rank];
  // The Gram matrices take p q (m + n) products, the rows m n (p + q): then p q <= (p + q) min(m, n), what the factors hold.
  if (left.rank * right.rank * (m + n) > m * n * (left.rank + right.rank))
    return left.scale * right.scale * innerByRows(left, right, m, n);
  const bGram = gram(left.b, left.rank, right.b, right.rank);
  const aGram = gram(left.a, left.rank, right.a, right.rank);
  return left.scale * right.scale * dot(bGram, aGram);
}

/** `‖s B A‖_F²`, never below 0. */
export function updateNormSquared(update: UpdateFactors): number {
  return nonNegative(updateInner(update, update));
}

/** Rounding may leave a tiny negative; NaN stays NaN. */
const nonNegative = (value: number): number => (value < 0 ? 0 : value);

/**
 * `‖s₁ B₁ A₁ - s₂ B₂ A₂‖_F²`. For equal ranks the difference is written as `B₁ (s₁ A₁ - s₂ A₂) + (B₁ - B₂) s₂ A₂`: each
 * term is small when the factors are close, so nothing cancels, and equal updates give exactly 0. The factors of both
 * sides must adapt the same m x n layer.
 */
export function updateDistanceSquared(left: UpdateFactors, right: UpdateFactors): number {
  const scaledRight = right.a.map((value) => right.scale * value);
  const scaledLeft = left.a.map((value) => left.scale * value);
  if (left.rank !== right.rank) {
    return stackedNormSquared(
      [left.b, right.b.map((value) => -value)],
      [scaledLeft, scaledRight],
      left.rank + right.rank,
    );
  }
  const aChange = scaledLeft.map((value, index) => value - (scaledRight[index] ?? 0));
  const bChange = left.b.map((value, index) => value - (right.b[index] ?? 0));
  return stackedNormSquared([left.b, bChange], [aChange, scaledRight], 2 * left.rank);
}

function stackedNormSquared(b: readonly Float64Array[], a: readonly Float64Array[], rank: number): number {
  return updateNormSquared({ rank, scale: 1, a: concat(a), b: concat(b) });
}

function concat(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
