import type { ScoreName } from '../../src/core/ediem/types';
import type { ModuleVerdict } from '../../src/core/selection/types';
import type { ModuleTable } from '../../src/protocol/panel';

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

export function isPruned(verdict: ModuleVerdict | undefined): boolean {
  return verdict?.verdict === 'prune';
}

export function isPinned(verdict: ModuleVerdict | undefined): boolean {
  return verdict?.by === 'pin';
}

/** What goes first, what has no score last. */
function verdictOrder(verdict: ModuleVerdict | undefined): number {
  if (verdict === undefined || verdict.by === 'unscored') return 4;
  if (verdict.verdict === 'prune') return verdict.by === 'pin' ? 0 : 1;
  return verdict.by === 'pin' ? 3 : 2;
}

/**
 * Indices of the modules to list, in the order to list them. Modules without a value come last in either direction;
 * ties stay in the order of the adapter, so that a list does not jump.
 */
export function visibleRows(
  table: ModuleTable,
  verdicts: readonly ModuleVerdict[],
  sort: Sort,
  filter: Filter,
): number[] {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  const rows: number[] = [];
  for (let index = 0; index < table.names.length; index += 1) {
    if (isShown(table, verdicts[index], index, filter.show) && hasWords(table.names[index] ?? '', words)) {
      rows.push(index);
    }
  }
  const value = columnValue(table, verdicts, sort.column);
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

function isShown(table: ModuleTable, verdict: ModuleVerdict | undefined, index: number, show: Show): boolean {
  if (show === 'all') return true;
  if (show === 'pinned') return isPinned(verdict);
  if (show === 'prune') return isPruned(verdict);
  if (show === 'keep') return !isPruned(verdict);
  const status = table.status[index];
  return status !== 'scored' && status !== 'measured';
}

function compareKeys(x: number | null, y: number | null, sign: number): number {
  if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1;
  return sign * (x - y);
}

function columnValue(
  table: ModuleTable,
  verdicts: readonly ModuleVerdict[],
  column: ColumnId,
): (index: number) => number | null {
  switch (column) {
    case 'module': // modules stand in the natural order of their names
      return (index) => index;
    case 'verdict':
      return (index) => verdictOrder(verdicts[index]);
    case 'position': // replacements have no rank: they come first, where they are seen
      return (index) => verdicts[index]?.rankPosition ?? (table.replaced[index] === true ? 0 : null);
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
