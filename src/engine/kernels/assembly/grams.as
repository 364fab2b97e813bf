// Gram matrices in float64, in blocks of 64 rows turned into planes.

/** Rows of one block. */
const BLOCK: i32 = 64;

/**
 * planes[k][i] (f64, 64 for each k) = X[i][k] - Y[i][k] for `count` <= 64 rows; Y = 0: no difference. Element (i, k)
 * of both lies at i * rowStride + k * rankStride bytes. Missing rows and ranks up to `paddedRank` are zeros.
 */
export function loadPlanes(X: usize, Y: usize, rowStride: usize, rankStride: usize, count: i32, rank: i32, paddedRank: i32, planes: usize): void {
  if (count < BLOCK || paddedRank > rank) memory.fill(planes, 0, <usize>paddedRank * BLOCK * 8);
  for (let i = 0; i < count; i++, X += rowStride) {
    for (let k = 0, x = X, p = planes + <usize>i * 8; k < rank; k++, x += rankStride, p += BLOCK * 8) store<f64>(p, <f64>load<f32>(x));
    if (Y) {
      for (let k = 0, y = Y, p = planes + <usize>i * 8; k < rank; k++, y += rankStride, p += BLOCK * 8) store<f64>(p, load<f64>(p) - <f64>load<f32>(y));
      Y += rowStride;
    }
  }
}

@inline function pair(x: v128): f64 { return f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1); }
@inline function add(out: usize, x: v128): void { store<f64>(out, load<f64>(out) + pair(x)); }

/** gram[a][b] += planes[a] . planes[b], for b up to a and a little beyond; `rank` is a multiple of 4. */
export function addGram(planes: usize, rank: i32, gram: usize): void {
  const ps: usize = BLOCK * 8;
  for (let a = 0; a < rank; a += 2) {
    const a0 = planes + <usize>a * ps, a1 = a0 + ps;
    for (let b = 0; b < a + 2; b += 4) {
      let p0 = planes + <usize>b * ps, p1 = p0 + ps, p2 = p1 + ps, p3 = p2 + ps;
      let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0, t0 = s0, t1 = s0, t2 = s0, t3 = s0;
      for (let i: usize = 0; i < ps; i += 16) {
        const x = v128.load(a0 + i), y = v128.load(a1 + i);
        let z = v128.load(p0 + i); s0 = f64x2.add(s0, f64x2.mul(x, z)); t0 = f64x2.add(t0, f64x2.mul(y, z));
        z = v128.load(p1 + i); s1 = f64x2.add(s1, f64x2.mul(x, z)); t1 = f64x2.add(t1, f64x2.mul(y, z));
        z = v128.load(p2 + i); s2 = f64x2.add(s2, f64x2.mul(x, z)); t2 = f64x2.add(t2, f64x2.mul(y, z));
        z = v128.load(p3 + i); s3 = f64x2.add(s3, f64x2.mul(x, z)); t3 = f64x2.add(t3, f64x2.mul(y, z));
      }
      const g = gram + (<usize>a * rank + b) * 8, h = g + <usize>rank * 8;
      add(g, s0); add(g + 8, s1); add(g + 16, s2); add(g + 24, s3);
      add(h, t0); add(h + 8, t1); add(h + 16, t2); add(h + 24, t3);
    }
  }
}
