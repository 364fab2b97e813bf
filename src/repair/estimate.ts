import { defined } from '../core/record';
import { CHANCE, REPAIRED } from '../core/results/repair/types';
import { FIT_PROMPTS } from '../core/results/fit/options';
import { methodOf, passNeeds } from '../methods';
import type { AdapterSize, CurveLine, RepairMethod } from '../methods/types';
import type { MeasureEstimate, MeasureRequest, VariantRequest } from '../protocol/evaluatorApi';
import type { MeasuredRepairRequest } from '../protocol/repairApi';
import { sizeOf } from './curve';
import { fitInputs } from './gates';
import { fitsGates, isSearched, methodsOf } from './methods';
import type { Clients } from './types';

/**
 * The most time and memory that a repair in this process takes: every answer as long as it may be, every search and its
 * refinement to the end, every step of a fit, and the test with all variants. Left out is what the engine computes: scores,
 * subspaces and candidates.
 * @throws SploraError those of `estimate` and `estimateFit`; a server's time cannot be estimated
 */
export async function estimateRepair(
  request: MeasuredRepairRequest,
  { engine, evaluator }: Clients,
  signal: AbortSignal,
): Promise<MeasureEstimate> {
  const size = sizeOf(await engine.call('inspect', { path: request.adapter }, { signal }));
  const methods = methodsOf(request).ids.map(methodOf);
  const strengths = sumOf(methods.map((method) => strengthsOf(method, request, size)));
  const ask = (more: Pick<MeasureRequest, 'split' | 'variants'> & Partial<MeasureRequest>) =>
    evaluator.call('estimate', { ...request.measure, adapter: request.adapter, ...more }, { signal });
  const { fitLimit = FIT_PROMPTS, testLimit } = request;
  const fitSplit = await ask({ split: 'fit', variants: [], limit: fitLimit });
  const variants = testedVariants(request, methods);
  const test = await ask({ split: 'test', variants, ...defined({ limit: testLimit }) });
  // A pass over some of these prompts counts as one strength, which is answered with new tokens too.
  const measured = strengths + passNeeds(methods).length;
  const parts = [fitSplit, times(fitSplit, measured / BEFORE), test];
  if (fitsGates(request))
    parts.push(
      await evaluator.call(
        'estimateFit',
        { ...fitInputs(request), ...defined({ options: request.fit?.options }) },
        { signal },
      ),
    );
  return parts.reduce((sum, part) => ({
    questions: sum.questions + part.questions,
    seconds: sum.seconds + part.seconds,
    bytes: Math.max(sum.bytes ?? 0, part.bytes ?? 0),
    availableBytes: sum.availableBytes,
  }));
}

/** Variants of the models as they are. */
const BEFORE = 2;

const times = (estimate: MeasureEstimate, factor: number): MeasureEstimate => ({
  ...estimate,
  questions: Math.round(estimate.questions * factor),
  seconds: estimate.seconds * factor,
});

/** The chosen adapter, random directions, and the best of each other method that is compared. */
function testedVariants(
  { adapter, chance, compare = [] }: MeasuredRepairRequest,
  methods: readonly RepairMethod[],
): readonly VariantRequest[] {
  const hasChance = chance && methods.some(({ curve }) => curve?.directions !== undefined);
  const others = [...new Set(compare)].slice(1);
  return [REPAIRED, ...(hasChance ? [CHANCE] : []), ...others].map((id) => ({ id, adapter }));
}

/** Of a curve and, around the point of each line that needs most, its refinement. */
function strengthsOf(method: RepairMethod, request: MeasuredRepairRequest, size: AdapterSize): number {
  const { curve } = method;
  if (curve === undefined || !isSearched(method, request)) return 1;
  const lines = curve.lines(size);
  const refined = lines.map((line) =>
    line
      .map(({ options }) => pointsOf(curve.refine?.([options]) ?? []))
      .reduce((most, points) => Math.max(most, points), 0),
  );
  return pointsOf(lines) + sumOf(refined);
}

/** Each line is halved to its end, after two points that are a third apart. */
const pointsOf = (lines: readonly CurveLine<object>[]): number =>
  sumOf(lines.map(({ length }) => Math.min(length, 2 + Math.ceil(Math.log2(Math.max(1, length / 3))))));

const sumOf = (counts: readonly number[]): number => counts.reduce((sum, one) => sum + one, 0);
