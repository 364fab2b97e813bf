// Entries of a thin product by their definition: float64 products of float32 factors, added in the order of the rank
// and rounded once to float32 (test/support/entries.ts). Slower than keys, and right for every input.

/** out[rows][n] (f32) = rows [row0, row0 + rows) of X A; X is [m][rank], A is [rank][n]. */
export function productRows(X: usize, A: usize, n: i32, rank: i32, row0: i32, rows: i32, out: usize): void {
  const as_ = <usize>n * 4;
  for (let i = 0; i < rows; i++) {
    const x0 = X + <usize>(row0 + i) * rank * 4; let j = 0;
    for (; j + 4 <= n; j += 4, out += 16) {
      let s = f64x2.splat(0), t = s;
      for (let k = 0, x = x0, a = A + <usize>j * 4; k < rank; k++, x += 4, a += as_) {
        const f = f64x2.splat(<f64>load<f32>(x)), y = v128.load(a);
        s = f64x2.add(s, f64x2.mul(f, f64x2.promote_low_f32x4(y)));
        t = f64x2.add(t, f64x2.mul(f, f64x2.promote_low_f32x4(v128.shuffle<f32>(y, y, 2, 3, 2, 3))));
      }
      v128.store64_lane(out, f32x4.demote_f64x2_zero(s), 0); v128.store64_lane(out, f32x4.demote_f64x2_zero(t), 0, 8);
    }
    for (; j < n; j++, out += 4) {
      let s: f64 = 0;
      for (let k = 0, x = x0, a = A + <usize>j * 4; k < rank; k++, x += 4, a += as_) s += <f64>load<f32>(x) * <f64>load<f32>(a);
      store<f32>(out, <f32>s);
    }
  }
}

/** The finalizer of MurmurHash3: a counter in, evenly spread bits out. */
@inline function mix(h: u32): u32 {
  h ^= h >> 16; h *= 0x85ebca6b; h ^= h >> 13; h *= 0xc2b2ae35; return h ^ (h >> 16);
}

/** out[s - first] (f32) = the entry at the s-th pseudo-random place, as in entries.ts; X is [m][rank], A is [n][rank]. */
export function sampleExact(X: usize, A: usize, m: i32, n: i32, rank: i32, first: i32, count: i32, out: usize): void {
  for (let s = first, end = first + count; s < end; s++, out += 4) {
    const i = <usize>((<u64>mix(2 * s + 1) * <u64>m) >> 32), j = <usize>((<u64>mix(2 * s + 2) * <u64>n) >> 32);
    let sum: f64 = 0, x = X + i * rank * 4, a = A + j * rank * 4;
    for (const stop = x + <usize>rank * 4; x < stop; x += 4, a += 4) sum += <f64>load<f32>(x) * <f64>load<f32>(a);
    store<f32>(out, <f32>sum);
  }
}
