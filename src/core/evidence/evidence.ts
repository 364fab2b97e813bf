import { populationKey } from '../ediem/scores';
import { groupBy } from '../groupBy';
import { isPair, type AnalysisDocument, type ScoredModule } from '../report/analysis';
import { normalQuantile } from '../statistics/normal';
import { rankCorrelation } from '../statistics/rankCorrelation';
import { FEWEST_COMPARABLE, fenceOfEqual, robustSpread, usualFence } from './fence';
import type { Evidence, Reason, StandsOut, WholeReversal } from './types';

/** The probability that chance alone makes some module of an adapter stand out, for each kind of reason. */
export const ALPHA = 0.05;

/**
 * What the scores of an adapter show beyond chance, whatever the user selects: which modules stand out.
 *
 * By size: the distance that E-DIEM standardizes is beyond `fenceOfEqual` among the modules that it is compared with, `ALPHA`
 * shared by these groups. On a logarithmic scale, because the sizes of equal updates are skewed.
 *
 * By reversal, with `z = cos(-dW, V) sqrt(m n)`: its mean is 0 and its variance 1 if the update has a random direction
 * (rotated on both sides), whatever the singular values of both. All of this must hold:
 * 1. The adapter as a whole acts against the alignment step, see `wholeReversal`.
 * 2. `z > z(1 - ALPHA / n)` of the normal distribution, `n` the number of scored modules.
 * 3. z is beyond `usualFence` of all modules: real updates share directions with V both ways.
 */
export function evidenceOf(document: Pick<AnalysisDocument, 'modules' | 'options'>): Evidence {
  const known = computed.get(document.modules);
  if (known !== undefined) return known;
  const made = compute(document);
  computed.set(document.modules, made);
  return made;
}

/** By the modules of a document: a new reading of the measures makes new ones. */
const computed = new WeakMap<AnalysisDocument['modules'], Evidence>();

/** Module -> why it stands out. */
export function standingOut(
  document: Pick<AnalysisDocument, 'modules' | 'options'>,
): ReadonlyMap<string, StandsOut> {
  return new Map(evidenceOf(document).standsOut.map((one) => [one.module, one]));
}

function compute({ modules, options }: Pick<AnalysisDocument, 'modules' | 'options'>): Evidence {
  const pairs = modules.filter(isScoredPair);
  const groups = [
    ...groupBy(
      pairs.filter(({ population }) => population.kind !== 'pooled'),
      (pair) => populationKey(pair, options.population),
    ).values(),
  ].filter((group) => group.length >= FEWEST_COMPARABLE);
  const reversal = wholeReversal(pairs);
  const found = new Map<string, [Reason, ...Reason[]]>();
  for (const { module, reason } of [...reversed(pairs, reversal), ...outliers(groups)]) {
    const reasons = found.get(module);
    if (reasons === undefined) found.set(module, [reason]);
    else reasons.push(reason);
  }
  const standsOut = Array.from(found, ([module, reasons]): StandsOut => ({ module, reasons }));
  return { standsOut: standsOut.sort(byStrength), reversal, sizeCorrelation: sizeCorrelation(groups) };
}

interface Found {
  readonly module: string;
  readonly reason: Reason;
}

function isScoredPair(result: AnalysisDocument['modules'][number]): result is ScoredModule {
  return result.status === 'scored' && isPair(result);
}

function outliers(groups: readonly (readonly ScoredModule[])[]): readonly Found[] {
  return groups.flatMap((group) => {
    const distances = group.map(({ distance }) => distance);
    const logarithms = distances.map((distance) => Math.log(Math.max(distance, Number.MIN_VALUE)));
    return beyond('size', group, distances, Math.exp(fenceOfEqual(logarithms, ALPHA / groups.length)));
  });
}

function reversed(pairs: readonly ScoredModule[], whole: WholeReversal | null): readonly Found[] {
  if (whole === null || whole.value <= whole.limit) return [];
  const scores = pairs.map(inDeviations);
  const limit = Math.max(normalQuantile(1 - ALPHA / pairs.length), usualFence(scores));
  return beyond('reversal', pairs, scores, limit);
}

function beyond(
  kind: Reason['kind'],
  modules: readonly ScoredModule[],
  values: readonly number[],
  limit: number,
): readonly Found[] {
  return modules.flatMap(({ module }, index) => {
    const value = values[index] ?? -Infinity;
    return value > limit ? [{ module, reason: { kind, value, limit } }] : [];
  });
}

/** `cos(-dW, V)` in standard deviations of a random direction. */
function inDeviations({ reversalCosine, shape: [m, n] }: ScoredModule): number {
  return finite(reversalCosine * Math.sqrt(m * n));
}

/**
 * `sum <-dW, V> / sqrt(sum ‖dW‖² ‖V‖² / (m n))`: normal with variance 1 by chance. The limit is `z(1 - ALPHA) s`, with the
 * spread `s` of the modules' own z, at least 1.
 */
function wholeReversal(pairs: readonly ScoredModule[]): WholeReversal | null {
  let [sum, variance] = [0, 0];
  for (const { reversal, vNorm, updateNorm, shape } of pairs) {
    sum += finite(reversal * vNorm);
    variance += finite((updateNorm * vNorm) ** 2 / (shape[0] * shape[1]));
  }
  if (variance === 0) return null;
  const spread = pairs.length < FEWEST_COMPARABLE ? 1 : Math.max(1, robustSpread(pairs.map(inDeviations)));
  return { value: sum / Math.sqrt(variance), limit: normalQuantile(1 - ALPHA) * spread };
}

/** Weighted by the number of modules: groups differ in shape, and E-DIEM compares within them only. */
function sizeCorrelation(groups: readonly (readonly ScoredModule[])[]): number | null {
  let [sum, weight] = [0, 0];
  for (const group of groups) {
    const correlation = rankCorrelation(group.map(({ ediemIqr, updateNorm }) => [ediemIqr, updateNorm]));
    if (correlation === null) continue;
    sum += correlation * group.length;
    weight += group.length;
  }
  return weight === 0 ? null : sum / weight;
}

/** Reversal first: it says more than size. */
function byStrength(left: StandsOut, right: StandsOut): number {
  const [[a], [b]] = [left.reasons, right.reasons];
  if (a.kind !== b.kind) return a.kind === 'reversal' ? -1 : 1;
  return b.value - a.value;
}

/** A score of a stranger's document may be anything. */
function finite(value: number): number {
  return Number.isFinite(value) ? value : 0;
}
