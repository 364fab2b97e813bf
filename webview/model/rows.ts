import type { ScoreName } from '../../src/core/ediem/types';
import { VERDICT, type ModuleTable, type PanelSelection, type VerdictCode } from '../../src/protocol/panel';

export type ColumnId = 'module' | 'verdict' | 'position' | 'rank' | 'bytes' | ScoreName;

export interface Sort {
  readonly column: ColumnId;
  readonly descending: boolean;
}

export type Show = 'all' | 'prune' | 'keep' | 'pinned' | 'unscored';

export interface Filter {
  /** Words that must all occur in the name, whatever their case. */
  readonly text: string;
  readonly show: Show;
}

/** Order in which verdicts sort: what goes first, what has no score last. */
const VERDICT_ORDER: Readonly<Record<VerdictCode, number>> = {
  [VERDICT.pinnedPrune]: 0,
  [VERDICT.prune]: 1,
  [VERDICT.keep]: 2,
  [VERDICT.pinnedKeep]: 3,
  [VERDICT.unscored]: 4,
};

/** What becomes of the module in row `index`; without a selection (a running analysis) nothing is decided. */
export function verdictOf(selection: PanelSelection | null, index: number): VerdictCode {
  return selection?.verdicts[index] ?? VERDICT.unscored;
}

export function isPruned(code: VerdictCode): boolean {
  return code === VERDICT.prune || code === VERDICT.pinnedPrune;
}

export function isPinned(code: VerdictCode): boolean {
  return code === VERDICT.pinnedKeep || code === VERDICT.pinnedPrune;
}

/**
 * Indices of the modules to list, in the order to list them. Modules without a value come last in either direction;
 * ties stay in the order of the adapter, so that a list does not jump.
 */
export function visibleRows(
  table: ModuleTable,
  selection: PanelSelection | null,
  sort: Sort,
  filter: Filter,
): number[] {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  const rows: number[] = [];
  for (let index = 0; index < table.names.length; index += 1) {
    if (isShown(table, selection, index, filter.show) && hasWords(table.names[index] ?? '', words)) {
      rows.push(index);
    }
  }
  const value = columnValue(table, selection, sort.column);
  const keys = rows.map(value);
  const sign = sort.descending ? -1 : 1;
  const places = rows.map((_row, place) => place);
  places.sort((x, y) => compareKeys(keys[x] ?? null, keys[y] ?? null, sign) || x - y);
  return places.map((place) => rows[place] ?? 0);
}

function hasWords(name: string, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  const lower = name.toLowerCase();
  return words.every((word) => lower.includes(word));
}

function isShown(table: ModuleTable, selection: PanelSelection | null, index: number, show: Show): boolean {
  if (show === 'all') return true;
  const code = verdictOf(selection, index);
  if (show === 'pinned') return isPinned(code);
  if (show === 'prune') return isPruned(code);
  if (show === 'keep') return !isPruned(code);
  const status = table.status[index];
  return status !== 'scored' && status !== 'measured';
}

function compareKeys(x: number | null, y: number | null, sign: number): number {
  if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1;
  return sign * (x - y);
}

function columnValue(
  table: ModuleTable,
  selection: PanelSelection | null,
  column: ColumnId,
): (index: number) => number | null {
  switch (column) {
    case 'module': // modules stand in the natural order of their names
      return (index) => index;
    case 'verdict':
      return (index) => VERDICT_ORDER[verdictOf(selection, index)];
    case 'position': // replacements have no rank: they come first, where they are seen
      return (index) => selection?.positions[index] ?? (table.replaced[index] === true ? 0 : null);
    case 'rank':
      return (index) => table.ranks[index] ?? null;
    case 'bytes':
      return (index) => table.bytes[index] ?? null;
    default:
      return (index) => table.scores[column][index] ?? null;
  }
}

/** Whether the first click on a column sorts downwards: for everything where large is remarkable. */
export function startsDescending(column: ColumnId): boolean {
  return column !== 'module' && column !== 'verdict' && column !== 'position';
}

/** The longest dotted beginning that all names share, e.g. `model.layers.`; '' for fewer than two names. */
export function commonPrefix(names: readonly string[]): string {
  const [first = ''] = names;
  if (names.length < 2) return '';
  let length = first.length;
  for (const name of names) {
    while (length > 0 && !name.startsWith(first.slice(0, length))) length -= 1;
  }
  return first.slice(0, first.lastIndexOf('.', length - 1) + 1);
}
