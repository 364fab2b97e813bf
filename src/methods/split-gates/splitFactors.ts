import { truncateProduct, type Product } from '../../core/algebra/lowRank';
import type { CutSide } from '../../core/results/fit/types';
import { cutFactors, scaled } from '../cut/cutFactors';
import type { AlignmentSubspaces, LoraFactors, Rewritten } from '../types';

/** A module keeps its rank if that changes its update by less than this share of its norm. */
export const ERROR_MAX = 1e-3;

export interface Split {
  /** Of the part on the subspace, and of the part off it. */
  readonly on: number;
  readonly off: number;
  readonly side: CutSide;
}

/** `B' A' = g_off B_o A_i + g_on (B A - B_o A_i)`, of the rank before where that is exact or nearly so. */
export function splitFactors(
  factors: LoraFactors,
  subspaces: Pick<AlignmentSubspaces, 'output' | 'input'>,
  split: Split,
): Rewritten {
  const { a, b } = factors;
  const { on, off, side } = split;
  if (on === off) return { b: scaled(b, on) };
  const cut = cutFactors(factors, subspaces, { side, keep: 0, rest: 1 });
  // With one factor cut, both parts share the other one.
  if (cut.a === undefined) return cut.b === undefined ? {} : { b: mixed(on, b, off, cut.b) };
  if (cut.b === undefined) return { a: mixed(on, a, off, cut.a) };
  if (on === 0) return { a: scaled(cut.a, off), b: cut.b };
  const both = sideBySide(factors, { ...cut, a: cut.a, b: cut.b }, split);
  const truncated = truncateProduct(both, factors.rank);
  if (truncated.error < ERROR_MAX)
    return { a: truncated.a, b: truncated.b, rank: factors.rank, error: truncated.error };
  return { a: both.a, b: both.b, rank: both.rank };
}

/** `B' = [B, B_o]`, `A' = [g_on A; (g_off - g_on) A_i]`. */
function sideBySide(
  { m, n, rank, a, b }: LoraFactors,
  cut: Pick<LoraFactors, 'a' | 'b'>,
  { on, off }: Split,
): Product {
  const doubled = 2 * rank;
  const left = new Float64Array(m * doubled);
  for (let row = 0; row < m; row++) {
    left.set(b.subarray(row * rank, (row + 1) * rank), row * doubled);
    left.set(cut.b.subarray(row * rank, (row + 1) * rank), row * doubled + rank);
  }
  const right = new Float64Array(doubled * n);
  right.set(scaled(a, on));
  right.set(scaled(cut.a, off - on), rank * n);
  return { m, n, rank: doubled, a: right, b: left };
}

/** `off cut + on (whole - cut)`. */
const mixed = (on: number, whole: Float64Array, off: number, cut: Float64Array): Float64Array<ArrayBuffer> =>
  Float64Array.from(whole, (value, index) => {
    const part = cut[index] ?? 0;
    return off * part + on * (value - part);
  });
