import type { ScoreName } from '../ediem/types';
import type { ModuleVerdict } from '../selection/types';
import type { AnalysisDocument, ModuleResult } from './analysis';
import { layOut, type Block } from './heatLayout';
import { scoreInfo } from './scores';

/** One cell: a module type (row) in a block (column). Experts share a cell, which shows the one that goes first. */
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

/** Scores laid out as the panel shows them, module types x blocks; pictures of it differ only in how they draw. */
export interface HeatMap {
  /** Module types in the document's order. */
  readonly rows: readonly string[];
  /** Block labels in numeric order: `0`, `1`, … or with their prefix where several stacks exist. */
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
  const { modules } = document;
  const layout = layOut(modules.map(({ module }) => module));
  const scale = scaleOf(document, rankBy);
  if (layout === null) return { rows: [], columns: [], cells: [], ...scale };
  const { types, blocks } = layout;
  const pruned = new Set(verdicts.filter(({ verdict }) => verdict === 'prune').map(({ module }) => module));
  const stacks = new Set(blocks.map(({ prefix }) => prefix).filter(Boolean));
  const cells = [...layout.cells].map(([place, indices]) => ({
    row: Math.floor(place / blocks.length),
    column: place % blocks.length,
    ...cellOf(
      indices.flatMap((index) => modules[index] ?? []),
      pruned,
      rankBy,
    ),
  }));
  return {
    rows: types.map(({ short }) => short),
    columns: blocks.map((block) => blockLabel(block, stacks.size > 1)),
    cells,
    ...scale,
  };
}

function blockLabel({ prefix, number }: Block, severalStacks: boolean): string {
  if (number === null) return 'no block';
  return severalStacks ? `${prefix}.${number}` : `${number}`;
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
