import type { ScoreName } from '../ediem/types';
import type { ModuleVerdict } from '../selection/types';
import type { AnalysisDocument, ModuleResult } from './analysis';
import { splitModuleName } from './moduleName';
import { scoreInfo } from './scores';

/** One cell: a module type in a block. Experts share a cell, which shows the one that goes first. */
export interface HeatCell {
  readonly row: number;
  readonly column: number;
  /** Null where no module of the cell has a score. */
  readonly value: number | null;
  /** The module shown first, then the others. */
  readonly modules: readonly string[];
  /** How many of them would be pruned. */
  readonly flagged: number;
}

/** Scores laid out as blocks x module types; pictures of it differ only in how they draw. */
export interface HeatMap {
  /** Block labels in the document's order: `0`, `1`, … or with their prefix where several stacks exist. */
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  readonly cells: readonly HeatCell[];
  /** The value that goes last and the one that goes first; null without any score. */
  readonly range: readonly [number, number] | null;
  /** 0 for the value that goes last, 1 for the one that goes first. */
  readonly position: (value: number) => number;
}

/** Lays the scores out; needs no verdicts to do so. */
export function heatMap(
  document: AnalysisDocument,
  verdicts: readonly ModuleVerdict[],
  rankBy: ScoreName,
): HeatMap {
  const stacks = new Set(
    document.modules.map(({ module }) => splitModuleName(module).blockPrefix).filter(Boolean),
  );
  const pruned = new Set(verdicts.filter(({ verdict }) => verdict === 'prune').map(({ module }) => module));
  const rows = new Map<string, number>();
  const columns = new Map<string, number>();
  const grouped = new Map<string, { row: number; column: number; results: ModuleResult[] }>();
  for (const result of document.modules) {
    const { block, blockPrefix, type } = splitModuleName(result.module);
    const row = indexOf(
      rows,
      block === null ? 'no block' : stacks.size > 1 ? `${blockPrefix}.${block}` : `${block}`,
    );
    const column = indexOf(columns, type);
    const key = `${row},${column}`;
    const group = grouped.get(key) ?? { row, column, results: [] };
    group.results.push(result);
    grouped.set(key, group);
  }
  const cells = [...grouped.values()].map(({ row, column, results }) => ({
    row,
    column,
    ...cellOf(results, pruned, rankBy),
  }));
  return { rows: [...rows.keys()], columns: [...columns.keys()], cells, ...scaleOf(document, rankBy) };
}

function indexOf(indices: Map<string, number>, name: string): number {
  const index = indices.get(name) ?? indices.size;
  indices.set(name, index);
  return index;
}

function cellOf(
  results: readonly ModuleResult[],
  pruned: ReadonlySet<string>,
  rankBy: ScoreName,
): Pick<HeatCell, 'value' | 'modules' | 'flagged'> {
  const sign = scoreInfo[rankBy].goesFirst === 'largest' ? -1 : 1;
  const key = (result: ModuleResult): number => {
    const value = result[rankBy];
    return value === null ? Number.MAX_VALUE : sign * value;
  };
  const sorted = [...results].sort((left, right) => key(left) - key(right));
  return {
    value: sorted[0]?.[rankBy] ?? null,
    modules: sorted.map(({ module }) => module),
    flagged: sorted.filter(({ module }) => pruned.has(module)).length,
  };
}

function scaleOf(document: AnalysisDocument, rankBy: ScoreName): Pick<HeatMap, 'range' | 'position'> {
  let [low, high] = [Infinity, -Infinity];
  for (const result of document.modules) {
    const value = result[rankBy];
    if (value === null) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return { range: null, position: () => 0 };
  const [last, first] = scoreInfo[rankBy].goesFirst === 'largest' ? [low, high] : [high, low];
  return {
    range: [last, first],
    position: (value) => (first === last ? 0.5 : (value - last) / (first - last)),
  };
}
