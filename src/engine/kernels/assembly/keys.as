// Order statistics of the products x_i . a_j, first part: both sides rounded to 16-bit integers, whose exact integer
// product (the "key") stands for the float value within a bound that quantise() reports.

/** Scratch for the lanes of two vectors. */
const LANES: usize = 64;

/** out[k] (f64) = max |X[i][k]|; X is float32 [count][rank]. */
export function maxAbs(X: usize, count: i32, rank: i32, out: usize): void {
  memory.fill(out, 0, <usize>rank * 8);
  for (let i = 0; i < count; i++) for (let k = 0, o = out; k < rank; k++, X += 4, o += 8) store<f64>(o, max(load<f64>(o), <f64>abs(load<f32>(X))));
}

/** max over i of sum_k (X[i][k] * scale[k])^2. */
export function maxNorm(X: usize, count: i32, rank: i32, scale: usize): f64 {
  let best: f64 = 0;
  for (let i = 0; i < count; i++) {
    let sum: f64 = 0;
    for (let k = 0, s = scale; k < rank; k++, X += 4, s += 8) { const y = <f64>load<f32>(X) * load<f64>(s); sum += y * y; }
    best = max(best, sum);
  }
  return best;
}

/**
 * out = X * scale rounded to i16, in pairs of ranks: [count / group][paddedRank / 2][group][2]. `out` is zeroed by the
 * caller where it is longer than X. Returns the largest sum of magnitudes of one row.
 */
export function quantise(X: usize, count: i32, rank: i32, scale: usize, paddedRank: i32, group: i32, out: usize): i32 {
  let best = 0;
  for (let i = 0; i < count; i++) {
    const o = out + <usize>(i / group * group * paddedRank + i % group * 2) * 2; let sum = 0;
    for (let k = 0, s = scale; k < rank; k++, X += 4, s += 8) {
      const y = <i32>floor(<f64>load<f32>(X) * load<f64>(s) + 0.5);
      store<i16>(o + <usize>((k >> 1) * 2 * group + (k & 1)) * 2, <i16>y);
      sum += abs(y);
    }
    best = max(best, sum);
  }
  return best;
}

/**
 * histogram[clamp((key >> shift) + bins / 2)]++ for a balanced sample: `perRow` groups of 8 columns of every row,
 * walking through the groups with a stride that is prime to their number.
 */
export function sampleKeys(A: usize, groups: i32, X: usize, m: i32, pairs: i32, perRow: i32, step: i32, shift: i32, bins: i32, histogram: usize): void {
  const middle = bins >> 1, xs = <usize>pairs * 4; let g = 0;
  for (let i = 0; i < m; i++, X += xs) for (let t = 0; t < perRow; t++) {
    g += step; if (g >= groups) g -= groups;
    let c = i32x4.splat(0), d = c;
    for (let x = X, end = X + xs, a = A + <usize>g * xs * 8; x < end; x += 4, a += 32) {
      const p = v128.load32_splat(x);
      c = i32x4.add(c, i32x4.dot_i16x8_s(v128.load(a), p)); d = i32x4.add(d, i32x4.dot_i16x8_s(v128.load(a, 16), p));
    }
    const lo = i32x4.splat(0), hi = i32x4.splat(bins - 1), mid = i32x4.splat(middle);
    v128.store(LANES, i32x4.min_s(hi, i32x4.max_s(lo, i32x4.add(mid, i32x4.shr_s(c, shift)))));
    v128.store(LANES, i32x4.min_s(hi, i32x4.max_s(lo, i32x4.add(mid, i32x4.shr_s(d, shift)))), 16);
    for (let l: usize = LANES; l < LANES + 32; l += 4) { const h = histogram + (<usize>load<u32>(l) << 2); store<u32>(h, load<u32>(h) + 1); }
  }
}

/** histogram[key >> shift]++ for a list of (key, index), key counted from the window's lower end. */
export function histogramKeys(list: usize, count: i32, shift: i32, histogram: usize): void {
  for (let p = list, end = list + <usize>count * 8; p < end; p += 8) {
    const h = histogram + (<usize>(load<u32>(p) >> shift) << 2);
    store<u32>(h, load<u32>(h) + 1);
  }
}

/**
 * out (f32) = the exact values of the listed entries with first <= key <= last: float64 products of the float32
 * factors, added in the order of the rank, rounded once. X is [m][rank], A is [n][rank]. Returns how many.
 */
export function evaluateKeys(list: usize, count: i32, first: u32, last: u32, X: usize, A: usize, n: i32, rank: i32, out: usize): i32 {
  const start = out;
  for (let p = list, end = list + <usize>count * 8; p < end; p += 8) {
    const key = load<u32>(p);
    if (key < first || key > last) continue;
    const index = load<u32>(p, 4);
    let sum: f64 = 0, x = X + <usize>(index / n) * rank * 4, a = A + <usize>(index % n) * rank * 4;
    for (const stop = x + <usize>rank * 4; x < stop; x += 4, a += 4) sum += <f64>load<f32>(x) * <f64>load<f32>(a);
    store<f32>(out, <f32>sum);
    out += 4;
  }
  return (out - start) >> 2;
}
