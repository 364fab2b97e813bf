import { defined } from '../core/record';
import { REPAIRED } from '../core/results/repair/types';
import { FIT_PROMPTS } from '../core/results/fit/options';
import { methodOf } from '../methods';
import type { AdapterSize, RepairMethod } from '../methods/types';
import type { MeasureEstimate, MeasureRequest, VariantRequest } from '../protocol/evaluatorApi';
import type { MeasuredRepairRequest } from '../protocol/repairApi';
import { sizeOf } from './curve';
import { fitInputs } from './gates';
import { fitsGates, isSearched, methodsOf } from './methods';
import type { Clients } from './types';

/**
 * The most time and memory that a repair in this process takes: every answer as long as it may be, every search to its
 * end, every step of a fit.
 * @throws SploraError those of `estimate` and `estimateFit`; a server's time cannot be estimated
 */
export async function estimateRepair(
  request: MeasuredRepairRequest,
  { engine, evaluator }: Clients,
  signal: AbortSignal,
): Promise<MeasureEstimate> {
  const size = sizeOf(await engine.call('inspect', { path: request.adapter }, { signal }));
  const strengths = methodsOf(request)
    .ids.map((id) => strengthsOf(methodOf(id), request, size))
    .reduce((sum, one) => sum + one, 0);
  const ask = (more: Pick<MeasureRequest, 'split' | 'variants'> & Partial<MeasureRequest>) =>
    evaluator.call('estimate', { ...request.measure, adapter: request.adapter, ...more }, { signal });
  const { fitLimit = FIT_PROMPTS, testLimit } = request;
  const fitSplit = await ask({ split: 'fit', variants: [], limit: fitLimit });
  const repaired: VariantRequest = { id: REPAIRED, adapter: request.adapter };
  const test = await ask({ split: 'test', variants: [repaired], ...defined({ limit: testLimit }) });
  const parts = [fitSplit, times(fitSplit, strengths / BEFORE), test];
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

/** Of a curve before it is refined: each line is halved to its end, after two points that are a third apart. */
function strengthsOf(method: RepairMethod, request: MeasuredRepairRequest, size: AdapterSize): number {
  const { curve } = method;
  if (curve === undefined || !isSearched(method, request)) return 1;
  return curve
    .lines(size)
    .map(({ length }) => Math.min(length, 2 + Math.ceil(Math.log2(Math.max(1, length / 3)))))
    .reduce((sum, points) => sum + points, 0);
}
