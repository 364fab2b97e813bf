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
  table.names.push(...more.names);
  table.replaced.push(...more.replaced);
  table.status.push(...more.status);
  table.reasons.push(...more.reasons);
  table.shapes.push(...more.shapes);
  table.ranks.push(...more.ranks);
  table.scales.push(...more.scales);
  table.bytes.push(...more.bytes);
  table.populations.push(...more.populations);
  for (const name of SCORE_NAMES) table.scores[name].push(...more.scores[name]);
}
