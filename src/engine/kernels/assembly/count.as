// Order statistics, second part: every key is compared with a window. X: i16 pairs [m][pairs][2]; A: i16 pairs in
// blocks of 8 columns, [n / 8][pairs][8][2] (contiguous, because power-of-two strides would collide in the cache).
// With bias = 2^31 - lo: key + bias is negative (mod 2^32) where key >= lo, and below threshold where lo <= key < hi.
// Keys are within +-2^30, so nothing wraps twice.

const LANES: usize = 128;
/** Bytes of a hit: the keys of 8 columns of two rows, index of the first. */
const HIT: usize = 80;
let found: i32 = 0, above: i64 = 0;

export function resetCount(): void { found = 0; above = 0; }
/** Keys inside the window since resetCount(); those beyond the list's capacity are counted, not listed. */
export function foundCount(): i32 { return found; }
/** Keys at or above the window's lower end. */
export function aboveCount(): f64 { return <f64>above; }

/**
 * How many of the 16 keys are negative: saturation keeps signs. Both rows of a column come together, so that V8 computes
 * them together and keeps the column's keys in registers.
 */
@inline function negatives(c0: v128, c1: v128, d0: v128, d1: v128): i32 {
  return popcnt(i8x16.bitmask(i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(c0, d0), i16x8.narrow_i32x4_s(c1, d1))));
}
/**
 * Notes two rows' 8 columns as a hit where one of the keys is below t: the group is written in any case and kept only
 * then, because a branch that nothing predicts costs more than what it saves. Returns where the next one goes.
 */
@inline function note(c0: v128, c1: v128, d0: v128, d1: v128, t: v128, hits: usize, index: u32): usize {
  v128.store(hits, c0); v128.store(hits, c1, 16); v128.store(hits, d0, 32); v128.store(hits, d1, 48); store<u32>(hits, index, 64);
  return hits + (HIT & <usize>(-i32x4.bitmask(i32x4.lt_s(i32x4.min_s(i32x4.min_s(c0, c1), i32x4.min_s(d0, d1)), t)) >> 31));
}
/** Lists the keys below the threshold of the hits in [hits, end), as list8 does; n columns make a row. */
export function listHits(hits: usize, end: usize, n: i32, threshold: i32, list: usize, capacity: i32): void {
  const t = i32x4.splat(threshold);
  for (; hits < end; hits += HIT) {
    const low = i16x8.narrow_i32x4_s(i32x4.lt_s(v128.load(hits), t), i32x4.lt_s(v128.load(hits, 16), t));
    const high = i16x8.narrow_i32x4_s(i32x4.lt_s(v128.load(hits, 32), t), i32x4.lt_s(v128.load(hits, 48), t));
    let mask = i8x16.bitmask(i8x16.narrow_i16x8_s(low, high));
    const index = load<u32>(hits, 64);
    do {
      const l = ctz(mask); mask &= mask - 1;
      if (found < capacity) {
        const p = list + <usize>found * 8;
        store<u32>(p, load<u32>(hits + (<usize>l << 2)) ^ 0x80000000); store<u32>(p, index + (l >> 3) * n + (l & 7), 4);
      }
      found++;
    } while (mask);
  }
}
/** Lists the hits of one row's 8 columns: (key - lo, index). */
@inline function list8(x: v128, y: v128, t: v128, list: usize, capacity: i32, index: u32): void {
  let mask = i32x4.bitmask(i32x4.lt_s(x, t)) | (i32x4.bitmask(i32x4.lt_s(y, t)) << 4);
  if (!mask) return;
  v128.store(LANES, x); v128.store(LANES, y, 16);
  do {
    const l = ctz(mask); mask &= mask - 1;
    if (found < capacity) {
      const p = list + <usize>found * 8;
      store<u32>(p, load<u32>(LANES + (<usize>l << 2)) ^ 0x80000000); store<u32>(p, index + l, 4);
    }
    found++;
  } while (mask);
}

/** Ranks up to 8 (4 pairs): `rows` (even) rows from `row0` against all whole groups of 8 columns. */
export function countEight(A: usize, n: i32, X: usize, row0: i32, rows: i32, bias: i32, threshold: i32, hits: usize): usize {
  const vb = i32x4.splat(bias), vt = i32x4.splat(threshold), whole = n & ~7;
  X += <usize>row0 * 16;
  for (let i = row0, e = row0 + rows; i < e; i += 2, X += 32) {
    const p0 = v128.load32_splat(X), p1 = v128.load32_splat(X, 4), p2 = v128.load32_splat(X, 8), p3 = v128.load32_splat(X, 12);
    const q0 = v128.load32_splat(X, 16), q1 = v128.load32_splat(X, 20), q2 = v128.load32_splat(X, 24), q3 = v128.load32_splat(X, 28);
    let count = 0, a = A; const first = <u32>i * n;
    for (let j = 0; j < whole; j += 8, a += 128) {
      let x = v128.load(a), y = v128.load(a, 16);
      let c0 = i32x4.add(vb, i32x4.dot_i16x8_s(x, p0)), c1 = i32x4.add(vb, i32x4.dot_i16x8_s(y, p0));
      let d0 = i32x4.add(vb, i32x4.dot_i16x8_s(x, q0)), d1 = i32x4.add(vb, i32x4.dot_i16x8_s(y, q0));
      x = v128.load(a, 32); y = v128.load(a, 48);
      c0 = i32x4.add(c0, i32x4.dot_i16x8_s(x, p1)); c1 = i32x4.add(c1, i32x4.dot_i16x8_s(y, p1));
      d0 = i32x4.add(d0, i32x4.dot_i16x8_s(x, q1)); d1 = i32x4.add(d1, i32x4.dot_i16x8_s(y, q1));
      x = v128.load(a, 64); y = v128.load(a, 80);
      c0 = i32x4.add(c0, i32x4.dot_i16x8_s(x, p2)); c1 = i32x4.add(c1, i32x4.dot_i16x8_s(y, p2));
      d0 = i32x4.add(d0, i32x4.dot_i16x8_s(x, q2)); d1 = i32x4.add(d1, i32x4.dot_i16x8_s(y, q2));
      x = v128.load(a, 96); y = v128.load(a, 112);
      c0 = i32x4.add(c0, i32x4.dot_i16x8_s(x, p3)); c1 = i32x4.add(c1, i32x4.dot_i16x8_s(y, p3));
      d0 = i32x4.add(d0, i32x4.dot_i16x8_s(x, q3)); d1 = i32x4.add(d1, i32x4.dot_i16x8_s(y, q3));
      count += negatives(c0, c1, d0, d1);
      hits = note(c0, c1, d0, d1, vt, hits, first + j);
    }
    above += count;
  }
  return hits;
}

/** Any rank (`pairs` even): as above, with columns taken in stretches whose keys stay in the first-level cache. */
export function countPairs(A: usize, n: i32, X: usize, pairs: i32, row0: i32, rows: i32, bias: i32, threshold: i32, hits: usize): usize {
  const xs = <usize>pairs * 4, vb = i32x4.splat(bias), vt = i32x4.splat(threshold), whole = n & ~7, stretch = 64;
  for (let j0 = 0; j0 < whole; j0 += stretch) for (let i = row0, e = row0 + rows; i < e; i += 2) {
    const x0 = X + <usize>i * xs; let count = 0;
    for (let j = j0, je = min(whole, j0 + stretch); j < je; j += 8) {
      let c0 = vb, c1 = vb, d0 = vb, d1 = vb;
      for (let a = A + <usize>(j >> 3) * xs * 8, b = x0, be = x0 + xs; b < be; b += 8, a += 64) {
        let x = v128.load(a), y = v128.load(a, 16), p = v128.load32_splat(b), q = v128.load32_splat(b + xs);
        c0 = i32x4.add(c0, i32x4.dot_i16x8_s(x, p)); c1 = i32x4.add(c1, i32x4.dot_i16x8_s(y, p));
        d0 = i32x4.add(d0, i32x4.dot_i16x8_s(x, q)); d1 = i32x4.add(d1, i32x4.dot_i16x8_s(y, q));
        x = v128.load(a, 32); y = v128.load(a, 48); p = v128.load32_splat(b, 4); q = v128.load32_splat(b + xs, 4);
        c0 = i32x4.add(c0, i32x4.dot_i16x8_s(x, p)); c1 = i32x4.add(c1, i32x4.dot_i16x8_s(y, p));
        d0 = i32x4.add(d0, i32x4.dot_i16x8_s(x, q)); d1 = i32x4.add(d1, i32x4.dot_i16x8_s(y, q));
      }
      count += negatives(c0, c1, d0, d1);
      hits = note(c0, c1, d0, d1, vt, hits, <u32>i * n + j);
    }
    above += count;
  }
  return hits;
}

/**
 * What the two above leave out, row by row: groups from `group0` of which the last may have less than 8 columns
 * (the missing ones are made to fall below the window).
 */
export function countEdge(A: usize, n: i32, X: usize, pairs: i32, row0: i32, rows: i32, group0: i32, bias: i32, threshold: i32, list: usize, capacity: i32): void {
  const xs = <usize>pairs * 4, vt = i32x4.splat(threshold), never = i32x4.splat(0x7fffffff), lane = i32x4(0, 1, 2, 3);
  for (let i = row0, e = row0 + rows; i < e; i++) for (let g = group0, ge = (n + 7) >> 3; g < ge; g++) {
    let c = i32x4.splat(bias), d = c;
    for (let a = A + <usize>g * xs * 8, x = X + <usize>i * xs, xe = x + xs; x < xe; x += 4, a += 32) {
      const p = v128.load32_splat(x);
      c = i32x4.add(c, i32x4.dot_i16x8_s(v128.load(a), p)); d = i32x4.add(d, i32x4.dot_i16x8_s(v128.load(a, 16), p));
    }
    const left = i32x4.splat(n - (g << 3));
    c = v128.bitselect(c, never, i32x4.lt_s(lane, left)); d = v128.bitselect(d, never, i32x4.lt_s(i32x4.add(lane, i32x4.splat(4)), left));
    above += popcnt(i32x4.bitmask(c) | (i32x4.bitmask(d) << 4));
    list8(c, d, vt, list, capacity, <u32>i * n + (g << 3));
  }
}
