import type { ScoreName } from '../ediem/types';
import type { ModuleVerdict } from '../selection/types';
import { standingOut } from '../evidence/evidence';
import { isPair, type AnalysisDocument, type ModuleResult } from './analysis';
import { selectedModules } from '../selection/select';
import { layOut, type Block } from './heatLayout';
import { scoreInfo } from './scores';

/** One cell: a module type (row) in a block (column). Experts share a cell, which shows the one that is pruned first. */
export interface HeatCell {
  readonly row: number;
  readonly column: number;
  /** Null where no module of the cell has a score. */
  readonly value: number | null;
  /** The module shown first, then the others. */
  readonly modules: readonly string[];
  /** How many of them are selected. */
  readonly selected: number;
  /** How many of them stand out. */
  readonly standsOut: number;
}

/** Adjacent columns: the blocks under one prefix, or the modules outside any block. */
export interface HeatStack {
  /** The prefix where there are several, as of an encoder and a decoder; else empty: it would tell nothing apart. */
  readonly name: string;
  /** Of its columns: block numbers in numeric order, or `no block`. */
  readonly heads: readonly string[];
}

/** Scores laid out as the panel shows them, module types x blocks; pictures of it differ only in how they draw. */
export interface HeatMap {
  /** Module types in the document's order. */
  readonly rows: readonly string[];
  /** From left to right; columns of cells count on through all of them. */
  readonly stacks: readonly HeatStack[];
  readonly cells: readonly HeatCell[];
  /** The values of the module pruned last and of the one pruned first; null without any score. */
  readonly range: readonly [number, number] | null;
  /** 0 for the value pruned last, 1 for the one pruned first. */
  readonly position: (value: number) => number;
}

/** Lays the scores of LoRA modules out; needs no verdicts to do so. */
export function heatMap(
  document: AnalysisDocument,
  verdicts: readonly ModuleVerdict[],
  rankBy: ScoreName,
): HeatMap {
  const modules = document.modules.filter(isPair);
  const layout = layOut(modules.map(({ module }) => module));
  const scale = scaleOf(modules, rankBy);
  if (layout === null) return { rows: [], stacks: [], cells: [], ...scale };
  const { types, blocks } = layout;
  const marks = { selected: new Set(selectedModules(verdicts)), standsOut: standingOut(document) };
  const cells = [...layout.cells].map(([place, indices]) => {
    const results = indices.flatMap((index) => modules[index] ?? []);
    const [row, column] = [Math.floor(place / blocks.length), place % blocks.length];
    return { row, column, ...cellOf(results, marks, rankBy) };
  });
  return { rows: types.map(({ short }) => short), stacks: stacksOf(blocks), cells, ...scale };
}

/** @param blocks as laid out: those of one prefix side by side, those without a number last */
function stacksOf(blocks: readonly Block[]): readonly HeatStack[] {
  const heads = new Map<string, string[]>();
  const outside: HeatStack[] = [];
  for (const { prefix, number } of blocks) {
    const stack = heads.get(prefix);
    if (number === null) outside.push({ name: '', heads: ['no block'] });
    else if (stack === undefined) heads.set(prefix, [`${number}`]);
    else stack.push(`${number}`);
  }
  const several = heads.size > 1;
  return [...[...heads].map(([prefix, of]) => ({ name: several ? prefix : '', heads: of })), ...outside];
}

function cellOf(
  results: readonly ModuleResult[],
  { selected, standsOut }: Readonly<Record<'selected' | 'standsOut', Pick<ReadonlySet<string>, 'has'>>>,
  rankBy: ScoreName,
): Pick<HeatCell, 'value' | 'modules' | 'selected' | 'standsOut'> {
  const sign = scoreInfo[rankBy].goesFirst === 'largest' ? -1 : 1;
  const key = (result: ModuleResult): number => {
    const value = result[rankBy];
    return value === null ? Number.MAX_VALUE : sign * value;
  };
  const sorted = [...results].sort((left, right) => key(left) - key(right));
  return {
    value: sorted[0]?.[rankBy] ?? null,
    modules: sorted.map(({ module }) => module),
    selected: sorted.filter(({ module }) => selected.has(module)).length,
    standsOut: sorted.filter(({ module }) => standsOut.has(module)).length,
  };
}

function scaleOf(modules: readonly ModuleResult[], rankBy: ScoreName): Pick<HeatMap, 'range' | 'position'> {
  let [low, high] = [Infinity, -Infinity];
  for (const result of modules) {
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
