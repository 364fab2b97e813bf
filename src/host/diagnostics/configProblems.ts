import { entryFinder, findConfigTargets, type ConfigString } from '../../core/report/configTargets';
import type { AdapterState } from '../state/types';
import { moduleViews, rankOrder, type ModuleView } from '../tree/treeModel';
import { problemOf, type ProblemCode } from './problems';

export { MAX_CONFIG_CHARS } from '../../core/report/configTargets';

/** Modules with the same problem in one place of a config's text. */
export interface ConfigProblem extends Place {
  readonly code: ProblemCode;
  /** At least one, in the order in which they go. */
  readonly modules: readonly ModuleView[];
  /** How many modules the entry names in all. */
  readonly named: number;
}

/** What is to be said of an adapter in its config, on the entries that name the modules; one for each entry and code. */
export function configProblems(
  text: string,
  state: AdapterState,
  withSelection: boolean,
): readonly ConfigProblem[] {
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
    const code = problemOf(view, withSelection);
    if (code === undefined) continue;
    const key = `${String(place.start)} ${code}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { place, code, modules: [view] });
    else group.modules.push(view);
  }
  return [...groups.values()].map(({ place, code, modules }) => ({
    ...place,
    code,
    modules: modules.sort((x, y) => rankOrder(x.verdict) - rankOrder(y.verdict)),
    named: named.get(place) ?? 0,
  }));
}

interface Place {
  /** UTF-16 offsets in the text. */
  readonly start: number;
  readonly end: number;
  /** The entry that names the modules; null: none does, and the problem is at the key or the top. */
  readonly entry: string | null;
}

function placeOf({ start, end }: ConfigString, entry: string | null): Place {
  return { start, end, entry };
}
