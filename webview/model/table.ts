import { SCORE_NAMES } from '../../src/core/report/scores';
import type { ScoreName } from '../../src/core/ediem/types';
import type { ModuleTable } from '../../src/protocol/panel';

type Columns<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer V)[] ? V[] : T[K] };
export type GrowingTable = Columns<Omit<ModuleTable, 'scores'>> & {
  readonly scores: Record<ScoreName, (number | null)[]>;
};

export function emptyTable(): GrowingTable {
  const scores = Object.fromEntries(
    SCORE_NAMES.map((name) => [name, []]),
  ) as unknown as GrowingTable['scores'];
  return {
    names: [],
    replaced: [],
    status: [],
    reasons: [],
    shapes: [],
    ranks: [],
    scales: [],
    bytes: [],
    populations: [],
    standsOut: [],
    scores,
  };
}

/** Adds all rows of `more` below those of `table`. */
export function appendRows({ scores, ...lists }: GrowingTable, more: ModuleTable): void {
  for (const key of Object.keys(lists) as (keyof typeof lists)[]) append(lists[key], more[key]);
  for (const name of SCORE_NAMES) append(scores[name], more.scores[name]);
}

/** In a loop: as arguments of one call, more than some 100,000 values do not fit on the stack. */
function append(list: unknown[], more: readonly unknown[]): void {
  for (const value of more) list.push(value);
}
