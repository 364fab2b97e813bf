import { topSubspaces } from '../../core/algebra/topSubspaces';
import type { SignMask } from '../../methods/types';
import { sidesOf, TileProducts } from './alignmentSubspaces';
import { DifferenceTiles, type ReplaceTile } from './differenceTiles';
import { BEYOND_FLOAT32, IDENTICAL_WEIGHTS, WEIGHT_NOT_FINITE, type Tools } from './measureModule';
import type { Factors, MaskedWork, ModuleMasked, NoResult, StoredDifference } from './protocol';

/**
 * The top k singular subspaces of `s B A` without the entries that the mask removes: its rows are made while those of the
 * weights are read, so that only tiles are in memory.
 * @throws SploraError `cancelled`; `io` if a file cannot be read or has changed
 */
export function maskedUpdate(
  { difference, factors, mask, k }: MaskedWork,
  tools: Tools,
): ModuleMasked | NoResult {
  const { memory, files, signals } = tools;
  const limit = mask.threshold === 0 ? 0 : mask.threshold * rootMeanSquare(difference, tools);
  const seen = { isDifferent: false, isFinite: true };
  memory.reset();
  const replace = masked(difference, { factors, zeros: mask.zeros, limit }, seen);
  const tiles = new DifferenceTiles(difference, memory, files, signals, replace);
  const products = new TileProducts(tiles, memory);
  const found = topSubspaces(products, k);
  tiles.assertUnchanged();
  if (!seen.isFinite || !Number.isFinite(limit)) return { reason: WEIGHT_NOT_FINITE };
  if (!seen.isDifferent) return { reason: IDENTICAL_WEIGHTS };
  const norm = products.norm();
  if (norm === 0) return { kind: 'masked', norm, output: [], input: [], values: [], next: 0, settled: true };
  if (found === undefined) return { reason: BEYOND_FLOAT32.reason };
  return { kind: 'masked', norm, ...sidesOf(found, difference.transposed) };
}

/** Of the entries of `V`. */
function rootMeanSquare(difference: StoredDifference, { memory, files, signals }: Tools): number {
  memory.reset();
  const tiles = new DifferenceTiles(difference, memory, files, signals);
  let squares = 0;
  for (const [, rows] of tiles.pass(false)) squares += tiles.forEachPanel(rows, () => undefined);
  return tiles.norm(squares) / Math.sqrt(tiles.rows * tiles.columns);
}

interface Masking {
  readonly factors: Factors;
  readonly zeros: SignMask['zeros'];
  /** `|V|` must exceed it. */
  readonly limit: number;
}

/** Writes the masked update in the place of the aligned weight, and 0 in that of the base. */
function masked(
  { rows, columns, transposed }: StoredDifference,
  { factors: { rank, scale, a, b }, zeros, limit }: Masking,
  seen: { isDifferent: boolean; isFinite: boolean },
): ReplaceTile {
  // One row of each for an element of the file: `sum_k left[row][k] right[k][column]`.
  const left = transposed ? flipped(a, rank, rows) : b;
  const right = transposed ? flipped(b, columns, rank) : a;
  const removesZeros = zeros === 'remove';
  return (aligned, base, firstRow) => {
    const update = new Float32Array(columns);
    for (let at = 0; at < aligned.length; at += columns) {
      updateRow(update, left, right, { row: firstRow + at / columns, rank, scale });
      for (let j = 0; j < columns; j++) {
        const v = (aligned[at + j] ?? 0) - (base[at + j] ?? 0);
        const value = update[j] ?? 0;
        if (v !== 0) seen.isDifferent = true;
        if (!Number.isFinite(v)) seen.isFinite = false;
        const goes = v === 0 ? removesZeros : Math.abs(v) > limit && value > 0 !== v > 0;
        aligned[at + j] = goes ? 0 : value;
      }
    }
    base.fill(0);
  };
}

function updateRow(
  update: Float32Array,
  left: Float32Array,
  right: Float32Array,
  { row, rank, scale }: { readonly row: number; readonly rank: number; readonly scale: number },
): void {
  const columns = update.length;
  update.fill(0);
  for (let k = 0; k < rank; k++) {
    const factor = scale * (left[row * rank + k] ?? 0);
    for (let j = 0; j < columns; j++) update[j] = (update[j] ?? 0) + factor * (right[k * columns + j] ?? 0);
  }
}

/** The transpose of a rows x columns matrix. */
function flipped(values: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) result[j * rows + i] = values[i * columns + j] ?? 0;
  }
  return result;
}
