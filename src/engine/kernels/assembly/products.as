// Thin products of a panel. The order of additions of each sum is that of rows or columns, so neither the size of a
// panel nor that of a tile changes a bit of the result.
import { BF16, F16, F32, packRow } from './difference';

/**
 * sums[k][j] += sum_i factors[i][k] * panel[i][j]: rows of the panel weighted and added up (`Vᵀ B` of row tiles).
 * `rank` is a multiple of 4, `columns` of 8; `sums` has `stride` bytes for each k, the panel `panelStride` for each row.
 * No loop is unrolled and all loads come first: with two rows at a time V8 11 took half as long again.
 */
export function accumulateRows(panel: usize, panelStride: usize, rows: i32, columns: i32, factors: usize, rank: i32, sums: usize, stride: usize): void {
  const fs = <usize>rank * 4, size = <usize>rows * panelStride;
  for (let k = 0; k < rank; k += 4, factors += 16, sums += 4 * stride) for (let j: usize = 0, je = <usize>columns * 4; j < je; j += 32) {
    const t0 = sums + j, t1 = t0 + stride, t2 = t1 + stride, t3 = t2 + stride;
    let a0 = v128.load(t0), a1 = v128.load(t0, 16), b0 = v128.load(t1), b1 = v128.load(t1, 16);
    let c0 = v128.load(t2), c1 = v128.load(t2, 16), d0 = v128.load(t3), d1 = v128.load(t3, 16);
    for (let p = panel + j, end = p + size, q = factors; p < end; p += panelStride, q += fs) {
      const x = v128.load(p), y = v128.load(p, 16);
      const s = v128.load32_splat(q), t = v128.load32_splat(q, 4), u = v128.load32_splat(q, 8), w = v128.load32_splat(q, 12);
      a0 = f32x4.add(a0, f32x4.mul(x, s)); a1 = f32x4.add(a1, f32x4.mul(y, s));
      b0 = f32x4.add(b0, f32x4.mul(x, t)); b1 = f32x4.add(b1, f32x4.mul(y, t));
      c0 = f32x4.add(c0, f32x4.mul(x, u)); c1 = f32x4.add(c1, f32x4.mul(y, u));
      d0 = f32x4.add(d0, f32x4.mul(x, w)); d1 = f32x4.add(d1, f32x4.mul(y, w));
    }
    v128.store(t0, a0); v128.store(t0, a1, 16); v128.store(t1, b0); v128.store(t1, b1, 16);
    v128.store(t2, c0); v128.store(t2, c1, 16); v128.store(t3, d0); v128.store(t3, d1, 16);
  }
}

/**
 * sums[i][k] (four float32 lanes each) += (a[i][j] - b[i][j]) * factors[k][j] over `columns` (`V T` of row tiles). Two
 * rows at a time are subtracted into `panel` (2 x columns, in groups of 4 columns of both) and multiplied while the
 * first-level cache holds them. `factors` lies in panel order as [rank / 4][columns / 4][4][4], `groupStride` bytes for
 * each 4 of `rank`, which is a multiple of 4. With an odd number of rows the last one is also added to the row after it.
 */
// @ts-ignore: decorator
@inline function accumulateColumns(dtype: i32, a: usize, b: usize, stride: usize, rows: i32, columns: i32, factors: usize, groupStride: usize, rank: i32, sums: usize, panel: usize): void {
  const ps = <usize>((columns + 7) & ~7) * 8, cs = <usize>rank * 16;
  for (let i = 0; i < rows; i += 2, a += 2 * stride, b += 2 * stride, sums += 2 * cs) {
    const next = i + 1 < rows ? stride : 0;
    packRow(dtype, false, a, b, columns, panel, 32);
    packRow(dtype, false, a + next, b + next, columns, panel + 16, 32);
    let c = sums, e = sums + cs;
    for (let g = factors, ge = factors + <usize>(rank >> 2) * groupStride; g < ge; g += groupStride, c += 64, e += 64) {
      let a0 = v128.load(c), b0 = v128.load(c, 16), c0 = v128.load(c, 32), d0 = v128.load(c, 48);
      let a1 = v128.load(e), b1 = v128.load(e, 16), c1 = v128.load(e, 32), d1 = v128.load(e, 48);
      for (let p = panel, end = panel + ps, t = g; p < end; p += 32, t += 64) {
        const x = v128.load(p), y = v128.load(p, 16), s = v128.load(t), u = v128.load(t, 16), v = v128.load(t, 32), w = v128.load(t, 48);
        a0 = f32x4.add(a0, f32x4.mul(x, s)); a1 = f32x4.add(a1, f32x4.mul(y, s));
        b0 = f32x4.add(b0, f32x4.mul(x, u)); b1 = f32x4.add(b1, f32x4.mul(y, u));
        c0 = f32x4.add(c0, f32x4.mul(x, v)); c1 = f32x4.add(c1, f32x4.mul(y, v));
        d0 = f32x4.add(d0, f32x4.mul(x, w)); d1 = f32x4.add(d1, f32x4.mul(y, w));
      }
      v128.store(c, a0); v128.store(c, b0, 16); v128.store(c, c0, 32); v128.store(c, d0, 48);
      v128.store(e, a1); v128.store(e, b1, 16); v128.store(e, c1, 32); v128.store(e, d1, 48);
    }
  }
}
export function accumulateColumnsBf16(a: usize, b: usize, stride: usize, rows: i32, columns: i32, factors: usize, groupStride: usize, rank: i32, sums: usize, panel: usize): void {
  accumulateColumns(BF16, a, b, stride, rows, columns, factors, groupStride, rank, sums, panel);
}
export function accumulateColumnsF16(a: usize, b: usize, stride: usize, rows: i32, columns: i32, factors: usize, groupStride: usize, rank: i32, sums: usize, panel: usize): void {
  accumulateColumns(F16, a, b, stride, rows, columns, factors, groupStride, rank, sums, panel);
}
export function accumulateColumnsF32(a: usize, b: usize, stride: usize, rows: i32, columns: i32, factors: usize, groupStride: usize, rank: i32, sums: usize, panel: usize): void {
  accumulateColumns(F32, a, b, stride, rows, columns, factors, groupStride, rank, sums, panel);
}

/** total (f64) += part (f32), part = 0, `count` a multiple of 4: closes a block of float32 sums. */
export function flush(part: usize, total: usize, count: i32): void {
  const zero = f32x4.splat(0);
  for (const end = part + <usize>count * 4; part < end; part += 16, total += 32) {
    const x = v128.load(part), y = v128.shuffle<f32>(x, x, 2, 3, 2, 3);
    v128.store(total, f64x2.add(v128.load(total), f64x2.promote_low_f32x4(x)));
    v128.store(total, f64x2.add(v128.load(total, 16), f64x2.promote_low_f32x4(y)), 16);
    v128.store(part, zero);
  }
}

/** out[i] (f32) = the four float32 lanes of lanes[i], added in float64. */
export function sumLanes(lanes: usize, out: usize, count: i32): void {
  for (let i = 0; i < count; i++, lanes += 16, out += 4) {
    const x = v128.load(lanes);
    store<f32>(out, <f32>(<f64>f32x4.extract_lane(x, 0) + <f64>f32x4.extract_lane(x, 1) + (<f64>f32x4.extract_lane(x, 2) + <f64>f32x4.extract_lane(x, 3))));
  }
}
