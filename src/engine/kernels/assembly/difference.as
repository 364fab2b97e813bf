// V = aligned - base, widened and subtracted into float32 panels.
// A group of 8 columns is stored as [0 2 4 6][1 3 5 7] ("panel order"): widening two 16-bit numbers of one 32-bit lane
// gives even and odd columns apart, and sums over columns do not mind.

/** 32 bytes of scratch for each side's last, incomplete group of columns. */
const TAIL: usize = 256;

// @ts-ignore: decorator
@inline function sum4(x: v128): f64 {
  return <f64>f32x4.extract_lane(x, 0) + <f64>f32x4.extract_lane(x, 1) + (<f64>f32x4.extract_lane(x, 2) + <f64>f32x4.extract_lane(x, 3));
}
@inline function low(x: v128): v128 { return i32x4.shl(x, 16); }
@inline function high(x: v128, mask: v128): v128 { return v128.and(x, mask); }
/**
 * The upper 16 bits of a lane, from memory: a constant would be made anew for each group by V8 13, which takes a
 * seventh of the time. Float16 and float32 do not use it.
 */
const HIGH = memory.data<u32>([0xffff0000]);
/** Four halves in 32-bit lanes to float32: exact, subnormals included; infinity and NaN stay not finite. */
@inline function half(h: v128): v128 {
  const magnitude = v128.and(h, i32x4.splat(0x7fff)), sign = i32x4.shl(v128.and(h, i32x4.splat(0x8000)), 16);
  const value = f32x4.mul(i32x4.shl(magnitude, 13), f32x4.splat(reinterpret<f32>(0x77800000))); // * 2^112
  const special = v128.and(i32x4.gt_s(magnitude, i32x4.splat(0x7bff)), i32x4.splat(0x7f800000));
  return v128.or(sign, v128.or(value, special));
}
@inline function halfLow(x: v128): v128 { return half(v128.and(x, i32x4.splat(0xffff))); }
@inline function halfHigh(x: v128): v128 { return half(i32x4.shr_u(x, 16)); }
@inline function even(x: v128, y: v128): v128 { return v128.shuffle<f32>(x, y, 0, 2, 4, 6); }
@inline function odd(x: v128, y: v128): v128 { return v128.shuffle<f32>(x, y, 1, 3, 5, 7); }

/** Which dtype both sides have; a constant where it is used, so that one source gives a kernel for each. */
export const BF16 = 0, F16 = 1, F32 = 2;

/** Even and odd columns of a group of 8 of a row: aligned at `a` minus base at `b`. */
// @ts-ignore: decorator
@inline function evens(dtype: i32, a: usize, b: usize): v128 {
  if (dtype == F32) return even(f32x4.sub(v128.load(a), v128.load(b)), f32x4.sub(v128.load(a, 16), v128.load(b, 16)));
  const x = v128.load(a), y = v128.load(b);
  return dtype == BF16 ? f32x4.sub(low(x), low(y)) : f32x4.sub(halfLow(x), halfLow(y));
}
// @ts-ignore: decorator
@inline function odds(dtype: i32, a: usize, b: usize, mask: v128): v128 {
  if (dtype == F32) return odd(f32x4.sub(v128.load(a), v128.load(b)), f32x4.sub(v128.load(a, 16), v128.load(b, 16)));
  const x = v128.load(a), y = v128.load(b);
  return dtype == BF16 ? f32x4.sub(high(x, mask), high(y, mask)) : f32x4.sub(halfHigh(x), halfHigh(y));
}

/** Copies the last elements of a row into zeroed scratch, so that the whole group can be loaded. */
// @ts-ignore: decorator
@inline function tailOf(source: usize, at: usize, bytes: usize): usize {
  memory.fill(at, 0, 32);
  memory.copy(at, source, bytes);
  return at;
}

/**
 * out = one row of aligned `a` minus base `b` in panel order, `columns` filled up to a multiple of 8 with zeros; its
 * groups of 4 columns lie `step` bytes apart. Returns the sum of squares where `squares` asks for it.
 */
// @ts-ignore: decorator
@inline export function packRow(dtype: i32, squares: bool, a: usize, b: usize, columns: i32, out: usize, step: usize): f64 {
  const group: usize = dtype == F32 ? 32 : 16, whole = <usize>(columns >> 3) * group, rest = <usize>(columns & 7) * (group >> 3);
  const mask = v128.load32_splat(HIGH); let s0 = f32x4.splat(0), s1 = s0;
  for (let end = a + whole; a < end; a += group, b += group, out += 2 * step) {
    const e = evens(dtype, a, b), d = odds(dtype, a, b, mask);
    v128.store(out, e); v128.store(out + step, d);
    if (squares) { s0 = f32x4.add(s0, f32x4.mul(e, e)); s1 = f32x4.add(s1, f32x4.mul(d, d)); }
  }
  if (rest) {
    a = tailOf(a, TAIL, rest); b = tailOf(b, TAIL + 32, rest);
    const e = evens(dtype, a, b), d = odds(dtype, a, b, mask);
    v128.store(out, e); v128.store(out + step, d);
    if (squares) { s0 = f32x4.add(s0, f32x4.mul(e, e)); s1 = f32x4.add(s1, f32x4.mul(d, d)); }
  }
  return squares ? sum4(f32x4.add(s0, s1)) : 0;
}

// @ts-ignore: decorator
@inline function pack(dtype: i32, a: usize, b: usize, stride: usize, rows: i32, columns: i32, out: usize, outStride: usize): f64 {
  let total: f64 = 0;
  for (let i = 0; i < rows; i++, a += stride, b += stride, out += outStride) total += packRow(dtype, true, a, b, columns, out, 16);
  return total;
}

/**
 * panel[rows][columns] = a - b (`stride` bytes from row to row), in panel order, columns filled up to a multiple of 8
 * with zeros. Returns the sum of squares.
 */
export function packBf16(a: usize, b: usize, stride: usize, rows: i32, columns: i32, out: usize, outStride: usize): f64 {
  return pack(BF16, a, b, stride, rows, columns, out, outStride);
}
/** `packBf16` for float16. */
export function packF16(a: usize, b: usize, stride: usize, rows: i32, columns: i32, out: usize, outStride: usize): f64 {
  return pack(F16, a, b, stride, rows, columns, out, outStride);
}
/** `packBf16` for float32, also for what `widen...` has made. */
export function packF32(a: usize, b: usize, stride: usize, rows: i32, columns: i32, out: usize, outStride: usize): f64 {
  return pack(F32, a, b, stride, rows, columns, out, outStride);
}

/** out (f32) = source, `count` elements; the path of pairs of different dtypes and of float64, which are rare. */
export function widenBf16(source: usize, out: usize, count: i32): void {
  for (const end = source + <usize>count * 2; source < end; source += 2, out += 4) store<u32>(out, <u32>load<u16>(source) << 16);
}
export function widenF16(source: usize, out: usize, count: i32): void {
  for (const end = source + <usize>count * 2; source < end; source += 2, out += 4) {
    store<f32>(out, f32x4.extract_lane(half(i32x4.splat(<i32>load<u16>(source))), 0));
  }
}
export function widenF64(source: usize, out: usize, count: i32): void {
  for (const end = source + <usize>count * 8; source < end; source += 8, out += 4) store<f32>(out, <f32>load<f64>(source));
}
