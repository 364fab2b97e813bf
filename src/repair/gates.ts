import { failure } from '../core/errors';
import { say } from '../core/message';
import { defined } from '../core/record';
import type { FitDocument, ModuleGates } from '../core/results/fit/types';
import { FIT_PROMPTS } from '../core/results/fit/options';
import { methodOf, modelNeeds } from '../methods';
import type { RepairMethod } from '../methods/types';
import type { FitRequest } from '../protocol/evaluatorApi';
import type { MeasuredRepairRequest } from '../protocol/repairApi';
import type { FoundPoint, Points } from './points';
import type { RepairJob } from './types';

/** The method whose best strength split gates start from. */
export const START_METHOD = 'cut';

/** Whether a method fits gates on and off the alignment subspace. */
export const startsFromCut = (method: RepairMethod): boolean =>
  method.needs.includes('fit') && modelNeeds(method).includes('base');

/** Fits gates on the fit split and measures the adapter with them as one more point. */
export async function measureGates(job: RepairJob, method: RepairMethod, points: Points): Promise<void> {
  const { request, context } = job;
  const { runner } = request.measure;
  if (runner.kind !== 'onnx')
    throw failure(
      'bad-request',
      say('Gates are fitted by gradients, which a server does not give.'),
      undefined,
      say('Run the model in this process, or measure strengths: --method cut --curve.'),
    );
  context.emit({ type: 'stage', stage: 'gates', method: method.id });
  const isSplit = startsFromCut(method);
  const best = isSplit ? points.best(START_METHOD) : undefined;
  const cut = isSplit ? await cutCopy(job, best) : undefined;
  const fit = await fitted(job, points, { ...defined({ cut, start: await startOf(job, best) }) });
  const planned = { method: method.id, options: {} };
  await points.measure([planned], { results: { fit }, directions: methodOf(START_METHOD).curve?.directions });
}

async function fitted(
  { request, clients, context, memory }: RepairJob,
  { limits }: Points,
  more: Pick<FitRequest, 'cut' | 'start'>,
): Promise<FitDocument> {
  const fitRequest: FitRequest = {
    ...more,
    ...fitInputs(request),
    options: { ...limits, ...request.fit?.options },
    ...defined({ known: memory.known.get('fit') }),
  };
  const fit = await clients.evaluator.call('fitGates', fitRequest, {
    signal: context.signal,
    onEvent: (event) => context.emit({ type: 'fit', event }),
  });
  memory.gates = fit.gates;
  return fit;
}

/** What a fit takes of the request. */
export function fitInputs({
  adapter,
  measure,
  fit = {},
  fitLimit = FIT_PROMPTS,
}: MeasuredRepairRequest): Omit<FitRequest, 'options' | 'cut'> {
  const { aligned, suites, runner, maxNewTokens, system, skipBrokenLines } = measure;
  const { threads, plainPrompts } = runner.kind === 'onnx' ? runner : {};
  const { struck, start, journal } = fit;
  return {
    ...{ adapter, aligned, suites, limit: fitLimit },
    ...defined({ threads, plainPrompts, maxNewTokens, system, skipBrokenLines, struck, start, journal }),
  };
}

/**
 * The best cut as gates. Usually it refuses already, so that the steps go to the task; it may also be the closest one to the
 * target. Gates give its update exactly, except with both sides and a `keep` that is not 0 (README of `cut`).
 */
async function startOf(
  { request, clients, context }: RepairJob,
  best: FoundPoint | undefined,
): Promise<readonly ModuleGates[] | undefined> {
  const { keep, rest } = best?.options ?? {};
  if (typeof keep !== 'number' || typeof rest !== 'number') return undefined;
  const { signal } = context;
  const { adapter } = await clients.engine.call('inspect', { path: request.adapter }, { signal });
  return adapter?.modules.map(({ module }) => ({ module, on: keep, off: rest }));
}

/** The adapter without its part on the alignment subspace: of the k and side that were best, else the method's own. */
async function cutCopy(
  { request, clients, context, folder }: RepairJob,
  best: FoundPoint | undefined,
): Promise<string | undefined> {
  const { k, side } = best?.options ?? {};
  const { adapter, base, measure } = request;
  const directions = methodOf(START_METHOD).curve?.directions;
  const [made] = await clients.engine.call(
    'candidates',
    {
      ...{ adapter, aligned: measure.aligned, folder },
      candidates: [{ method: START_METHOD, options: { ...defined({ k, side }), keep: 0 } }],
      ...defined({ base, directions }),
    },
    { signal: context.signal },
  );
  return made?.out;
}
