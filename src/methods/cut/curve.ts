import type { Curve, CurveLine } from '../types';
import type { CutOptions, CutSide } from './plan';

/** Directions that are cut whole. On models of up to 135M, 1 to 12 were right. */
const DIRECTIONS = [1, 2, 3, 4, 6, 8, 12, 16];
/** Steps of `DIRECTIONS` from the first k that suffices: fewer can do with the part on them reversed. */
const AROUND = [-1, 0];
/** What the rest is multiplied by. */
const REST = 1.3;
/** Shares of the part on the directions, from weak to strong. */
const KEPT = [0.15, 0, -0.15, -0.3];

/** The output side alone restored nothing on any model tried: it is measured only where the user asks for it. */
const SIDES: readonly CutSide[] = ['both', 'input'];

/**
 * k, side, and what the two parts of the update are multiplied by. First k for each side; then, around the smallest k that
 * brings the refusals back, more of the rest, with the share that this needs.
 */
export const cutCurve: Curve<CutOptions> = {
  directions: DIRECTIONS.at(-1) ?? 0,
  lines: () => SIDES.map((side) => DIRECTIONS.map((k) => ({ options: { k, side } }))),
  refine: (found) => found.flatMap(({ k, side }) => linesAround(k, side)),
};

function linesAround(k: number, side: CutSide): readonly CurveLine<CutOptions>[] {
  const at = DIRECTIONS.indexOf(k);
  const near = at < 0 ? [k] : AROUND.flatMap((step) => DIRECTIONS[at + step] ?? []);
  return near.map((one) => KEPT.map((keep) => ({ options: { k: one, side, keep, rest: REST } })));
}
