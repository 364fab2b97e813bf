import * as path from 'node:path';
import { entryFinder, findConfigTargets, type ConfigString } from '../../core/report/configTargets';
import type { AdapterState } from '../state/types';
import { moduleViews, type ModuleView } from '../tree/treeModel';

/** Stable: settings, filters and other tools may rely on them. */
export type ProblemCode =
  | 'splora.flagged' // the rule takes it
  | 'splora.pinned' // pinned as prune
  | 'splora.inactive'
  | 'splora.unmatched'
  | 'splora.unsupported';

/** Modules that have the same to be said of them in one place. */
export interface Problem {
  readonly code: ProblemCode;
  /** At least one, in the order in which they go. */
  readonly modules: readonly ModuleView[];
}

/** A problem in a config's text. */
export interface ConfigProblem extends Problem {
  /** UTF-16 offsets in the text. */
  readonly start: number;
  readonly end: number;
  /** The entry that names the modules; null: none does, and the problem stands at the key or the top. */
  readonly entry: string | null;
  /** How many modules the entry names in all. */
  readonly named: number;
}

/** What is to be said of a module; undefined: nothing. */
export function problemOf({ result, verdict }: ModuleView): ProblemCode | undefined {
  if (verdict.verdict === 'prune') return verdict.by === 'pin' ? 'splora.pinned' : 'splora.flagged';
  return result.status === 'scored' ? undefined : `splora.${result.status}`;
}

/** What is to be said of an adapter in its config, on the entries that name the modules; one for each entry and code. */
export function configProblems(text: string, state: AdapterState): readonly ConfigProblem[] {
  const targets = findConfigTargets(text);
  const find = targets === undefined ? undefined : entryFinder(targets);
  const lineEnd = /[\r\n]|$/.exec(text)?.index ?? 0;
  const top: Place =
    targets === undefined ? { start: 0, end: lineEnd, entry: null } : placeOf(targets.key, null);
  const groups = new Map<string, { place: Place; code: ProblemCode; modules: ModuleView[] }>();
  const named = new Map<Place, number>();
  const places = new Map<ConfigString, Place>();
  for (const view of moduleViews(state).values()) {
    const entry = find?.(view.result.module);
    const place = entry === undefined ? top : (places.get(entry) ?? placeOf(entry, entry.value));
    if (entry !== undefined) places.set(entry, place);
    named.set(place, (named.get(place) ?? 0) + 1);
    const code = problemOf(view);
    if (code === undefined) continue;
    const key = `${String(place.start)} ${code}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { place, code, modules: [view] });
    else group.modules.push(view);
  }
  return [...groups.values()].map(({ place, code, modules }) => ({
    ...place,
    code,
    modules: modules.sort((x, y) => orderOf(x) - orderOf(y)),
    named: named.get(place) ?? 0,
  }));
}

interface Place {
  readonly start: number;
  readonly end: number;
  readonly entry: string | null;
}

function placeOf({ start, end }: ConfigString, entry: string | null): Place {
  return { start, end, entry };
}

function orderOf({ verdict }: ModuleView): number {
  return verdict.rankPosition ?? Number.MAX_SAFE_INTEGER;
}

/**
 * The adapter that a file in its folder speaks for: several checkpoints of a run share one config, which then tells of
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
