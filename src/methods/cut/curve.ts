import type { Curve, CurveLine } from '../types';
import type { CutOptions, CutSide } from './plan';

/** Directions that are cut whole. On models of up to 135M, 1 to 12 were right. */
const DIRECTIONS = [1, 2, 3, 4, 6, 8, 12, 16];
/** Shares of the part that stays, from weak to strong. */
const KEPT = [0.6, 0.45, 0.3, 0.15];
/** Steps of `DIRECTIONS` beyond the first k that suffices, where a share is kept. */
const BEYOND = [0, 1, 2];

/** The output side alone restored nothing on any model tried: it is measured only where the user asks for it. */
const SIDES: readonly CutSide[] = ['both', 'input'];

/**
 * k, side and the kept share. First k for each side; then, around the smallest k that brings the refusals back, more
 * directions of which a share stays.
 */
export const cutCurve: Curve<CutOptions> = {
  directions: DIRECTIONS.at(-1) ?? 0,
  lines: () => SIDES.map((side) => DIRECTIONS.map((k) => ({ options: { k, side } }))),
  refine: (found) => found.flatMap(({ k, side }) => keptLines(k, side)),
};

function keptLines(k: number, side: CutSide): readonly CurveLine<CutOptions>[] {
  const at = DIRECTIONS.indexOf(k);
  const stronger = at < 0 ? [k] : BEYOND.flatMap((step) => DIRECTIONS[at + step] ?? []);
  return stronger.map((one) => KEPT.map((keep) => ({ options: { k: one, side, keep } })));
}
