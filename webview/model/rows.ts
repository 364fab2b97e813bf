import type { ModuleVerdict } from '../../src/core/selection/types';
import type { ModuleTable } from '../../src/protocol/panel';
import { searchWords } from '../table/rows';

export const SHOWS = ['all', 'standsOut', 'prune', 'keep', 'pinned', 'unscored'] as const;
export type Show = (typeof SHOWS)[number];

export interface Filter {
  /** Words that must all occur in the name, in any case. */
  readonly text: string;
  readonly show: Show;
}

/** What columns and filters read. */
export interface ListedModules {
  readonly table: ModuleTable;
  /** One for each module; empty while a first analysis runs. */
  readonly verdicts: readonly ModuleVerdict[];
}

export function isPruned(verdict: ModuleVerdict | undefined): boolean {
  return verdict?.verdict === 'prune';
}

export function isPinned(verdict: ModuleVerdict | undefined): boolean {
  return verdict?.by === 'pin';
}

/** Indices of the modules that pass a filter, in the adapter's order. */
export function filterModules({ table, verdicts }: ListedModules, filter: Filter): number[] {
  const { names, status, standsOut } = table;
  const words = searchWords(filter.text);
  const passes: Readonly<Record<Show, (index: number) => boolean>> = {
    all: () => true,
    standsOut: (index) => (standsOut[index] ?? null) !== null,
    pinned: (index) => isPinned(verdicts[index]),
    prune: (index) => isPruned(verdicts[index]),
    keep: (index) => !isPruned(verdicts[index]),
    unscored: (index) => status[index] !== 'scored' && status[index] !== 'measured',
  };
  const hasWords = (name: string): boolean => words.every((word) => name.includes(word));
  return [...names.keys()].filter(
    (index) => passes[filter.show](index) && hasWords((names[index] ?? '').toLowerCase()),
  );
}

/** The longest dotted prefix of all names, e.g. `model.layers.`; '' for fewer than two names. */
export function commonPrefix(names: readonly string[]): string {
  const [first = ''] = names;
  if (names.length < 2) return '';
  let length = first.length;
  for (const name of names) {
    while (length > 0 && !name.startsWith(first.slice(0, length))) length -= 1;
  }
  return first.slice(0, first.lastIndexOf('.', length - 1) + 1);
}
