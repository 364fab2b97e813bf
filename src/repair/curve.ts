import { selectedModules, select } from '../core/selection/select';
import type { SelectionOptions } from '../core/selection/types';
import type { AnalysisDocument } from '../core/report/analysis';
import { optionValues } from '../core/options';
import type { AdapterSize, Curve, CurveLine, RepairMethod } from '../methods/types';
import type { InspectResult } from '../protocol/engineApi';
import type { FoundPoint, PlannedPoint, Points } from './points';
import { LineSearch } from './search';

type Options = Readonly<Record<string, unknown>>;

/** What a curve is measured of. */
export interface CurveInput {
  readonly method: RepairMethod;
  /** What the user fixed. */
  readonly options: Options;
  /** Of the adapter. */
  readonly size: AdapterSize;
  /** Scores and their ranking, for a method that needs `selection`. */
  readonly ranked?: { readonly document: AnalysisDocument; readonly selection: SelectionOptions };
}

/** For a file that is no adapter, the next call has the message. */
export function sizeOf({ adapter }: InspectResult): AdapterSize {
  const modules = adapter?.modules ?? [];
  return { modules: modules.length, rank: modules.reduce((most, { rank }) => Math.max(most, rank), 0) };
}

/**
 * Measures strengths, few first: on each line the weakest that brings the refusals back is searched for, all lines at the
 * same time.
 * @returns those
 */
export async function measureLines(input: CurveInput, points: Points): Promise<readonly FoundPoint[]> {
  const { curve } = input.method;
  if (curve === undefined) return [];
  return await searchLines(input, curve.lines(input.size), points, curve.directions);
}

/** Measures strengths around those that `measureLines` has found. */
export async function refineCurve(
  input: CurveInput,
  points: Points,
  found: readonly FoundPoint[],
): Promise<void> {
  const { curve } = input.method;
  if (curve === undefined) return;
  const promising = closeToBest(found, points);
  if (curve.refine === undefined || promising.length === 0) return;
  await searchLines(input, curve.refine(promising.map(({ options }) => options)), points, curve.directions);
}

/** A line whose task score is lower than the best one's by more is not looked at closer. */
const TASK_ROOM = 0.1;

function closeToBest(found: readonly FoundPoint[], points: Points): readonly FoundPoint[] {
  const scored = found.map((point) => ({ point, score: points.taskScore(point) }));
  const best = scored.reduce((most, { score }) => Math.max(most, score), 0);
  return scored.filter(({ score }) => score >= best - TASK_ROOM).map(({ point }) => point);
}

async function searchLines(
  input: CurveInput,
  lines: readonly CurveLine<Options>[],
  points: Points,
  directions: Curve<Options>['directions'],
): Promise<readonly FoundPoint[]> {
  return await searchAll(distinct(lines.map((line) => plannedLine(input, line))), points, directions);
}

/** @returns the weakest point of each line that suffices */
export async function searchAll(
  lines: readonly (readonly PlannedPoint[])[],
  points: Points,
  directions?: number,
): Promise<readonly FoundPoint[]> {
  const searches = lines.map((line) => ({ line, search: new LineSearch(line.length) }));
  const found = new Map<PlannedPoint, FoundPoint>();
  for (;;) {
    const wanted = searches.flatMap(({ line, search }) =>
      search.next().flatMap((at) => {
        const planned = line[at];
        return planned === undefined ? [] : [{ planned, search, at }];
      }),
    );
    if (wanted.length === 0) break;
    const measured = await points.measure(
      wanted.map(({ planned }) => planned),
      { directions },
    );
    wanted.forEach(({ planned, search, at }, index) => {
      const point = measured[index];
      if (point === undefined) return;
      found.set(planned, point);
      search.add(at, points.suffices(point));
    });
  }
  return searches.flatMap(({ line, search: { found: at } }) => {
    const planned = at === undefined ? undefined : line[at];
    const point = planned === undefined ? undefined : found.get(planned);
    return point === undefined ? [] : [point];
  });
}

/** A point with all options of the method. */
export function plannedPoint(
  { method, options, ranked }: CurveInput,
  point: { readonly options: Options; readonly top?: number },
): PlannedPoint {
  const values = optionValues(method.options, { ...point.options, ...options });
  const planned = { method: method.id, options: values };
  if (ranked === undefined) return planned;
  const { document } = ranked;
  const { top } = point;
  const selection: SelectionOptions =
    top === undefined ? ranked.selection : { ...ranked.selection, rule: { kind: 'top', k: top } };
  return {
    ...planned,
    ...(top === undefined ? {} : { top }),
    modules: selectedModules(select(document.modules, selection, document.adapter)),
    provenance: {
      by: 'rule',
      ...{ selection, options: document.options, base: document.base, aligned: document.aligned },
    },
  };
}

function plannedLine(input: CurveInput, line: CurveLine<Options>): readonly PlannedPoint[] {
  const seen = new Set<string>();
  return line
    .map((point) => plannedPoint(input, point))
    .filter((point) => {
      const key = keyOf(point);
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    });
}

const keyOf = ({ options, top }: PlannedPoint): string => JSON.stringify([options, top ?? null]);

/** With an option that the user fixed, lines can be the same. */
function distinct(lines: readonly (readonly PlannedPoint[])[]): readonly (readonly PlannedPoint[])[] {
  return [...new Map(lines.map((line) => [JSON.stringify(line.map(keyOf)), line])).values()];
}
