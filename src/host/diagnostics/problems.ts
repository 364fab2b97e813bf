import * as path from 'node:path';
import type { AdapterState } from '../state/types';
import type { ModuleView } from '../tree/treeModel';

/** Stable: settings, filters and other tools may rely on them. */
export type ProblemCode =
  | 'splora.standsOut' // beyond chance
  | 'splora.selected' // the rule takes it
  | 'splora.pinned' // pinned as prune
  | 'splora.inactive'
  | 'splora.unmatched'
  | 'splora.unsupported'
  | 'splora.loader'; // a loader refuses the adapter, or gives it another effect

/**
 * What is to be said of a module; undefined: nothing.
 * @param withSelection whether the user wants to see the selection as well
 */
export function problemOf(
  { result, verdict, standsOut }: ModuleView,
  withSelection: boolean,
): ProblemCode | undefined {
  if (standsOut !== null) return 'splora.standsOut';
  if (withSelection && verdict.verdict === 'prune')
    return verdict.by === 'pin' ? 'splora.pinned' : 'splora.selected';
  return result.status === 'scored' ? undefined : `splora.${result.status}`;
}

/**
 * The adapter that a file in its folder belongs to: several checkpoints of a run share one config, which then shows
 * the active one, else of the last.
 */
export function adapterInFolder(
  folder: string,
  adapters: readonly AdapterState[],
  active: string | undefined,
): AdapterState | undefined {
  const inside = adapters.filter(
    ({ adapter, document }) => document !== null && path.dirname(adapter) === folder,
  );
  return inside.find(({ adapter }) => adapter === active) ?? inside.at(-1);
}
