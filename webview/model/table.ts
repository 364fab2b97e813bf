import { SCORE_NAMES } from '../../src/core/report/scores';
import type { ScoreName } from '../../src/core/ediem/types';
import type { ModuleTable } from '../../src/protocol/panel';

type Columns<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer V)[] ? V[] : T[K] };
export type GrowingTable = Columns<Omit<ModuleTable, 'scores'>> & {
  readonly scores: Record<ScoreName, (number | null)[]>;
};

/** A table of no modules, to which rows of a running analysis are added. */
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
    scores,
  };
}

/** Adds all rows of `more` below those of `table`. */
export function appendRows(table: GrowingTable, more: ModuleTable): void {
  append(table.names, more.names);
  append(table.replaced, more.replaced);
  append(table.status, more.status);
  append(table.reasons, more.reasons);
  append(table.shapes, more.shapes);
  append(table.ranks, more.ranks);
  append(table.scales, more.scales);
  append(table.bytes, more.bytes);
  append(table.populations, more.populations);
  for (const name of SCORE_NAMES) append(table.scores[name], more.scores[name]);
}

/** In a loop: as arguments of one call, more than some 100,000 values do not fit on the stack. */
function append<T>(list: T[], more: readonly T[]): void {
  for (const value of more) list.push(value);
}
