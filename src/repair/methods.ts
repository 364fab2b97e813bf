import path from 'node:path';
import { badRequest, toErrorData } from '../core/errors';
import { say, type Message } from '../core/message';
import { defined } from '../core/record';
import { checkSafety, methodOf, modelNeeds } from '../methods';
import { defaultStrength } from '../methods/defaultStrength';
import type { RepairMethod } from '../methods/types';
import { AUTO, type MeasuredRepairRequest } from '../protocol/repairApi';
import { measureLines, plannedPoint, refineCurve, sizeOf, type CurveInput } from './curve';
import { measureGates, START_METHOD, startsFromCut } from './gates';
import { measureGroups } from './groups';
import { recordPasses } from './passes';
import type { Points } from './points';
import type { RepairJob } from './types';

/** What `AUTO` tries, in this order; without the base model the second list. */
const AUTO_METHODS = ['cut', 'split-gates'];
const WITHOUT_BASE = ['gates'];
const NO_GRADIENTS = say(
  'A server gives no gradients: instead of fitting gates, modules were left out, those first whose absence brought refusals back.',
);

/** The methods to try. */
export interface TriedMethods {
  /** In this order. */
  readonly ids: readonly string[];
  /** Those that can be chosen, where another one is measured only to start from. Absent: all. */
  readonly among?: readonly string[];
  /** Why others are not tried, and where a strength is the default. */
  readonly notes: readonly Message[];
}

/**
 * @throws SploraError `bad-request` if there is none, base and aligned model are the same, or an option of the only one is
 * not valid
 */
export function methodsOf(request: MeasuredRepairRequest): TriedMethods {
  requireTwoModels(request);
  const { method, base, compare } = request;
  if (method !== AUTO || compare !== undefined) {
    const methods = [...new Set(method === AUTO ? compare : [method])].map(methodOf);
    for (const one of methods) {
      requireBase(one, request);
      checkSafety(one, request.safety);
    }
    return { ...withStart(methods, request), notes: strengthNotes(methods, request) };
  }
  const notes = request.measure.runner.kind === 'onnx' ? [] : [NO_GRADIENTS];
  if (base !== undefined) return { ids: AUTO_METHODS, notes };
  return {
    ids: WITHOUT_BASE,
    notes: [say('Without the base model, {0} were not tried.', AUTO_METHODS.join(', ')), ...notes],
  };
}

/** Of methods whose curve is not measured. */
const strengthNotes = (
  methods: readonly RepairMethod[],
  request: MeasuredRepairRequest,
): readonly Message[] =>
  methods.flatMap((method) =>
    isSearched(method, request) ? [] : (defaultStrength(method, request.options, '--curve') ?? []),
  );

/** Split gates start from the best cut, so cuts are measured first, even if only the gates can be chosen. */
function withStart(
  methods: readonly RepairMethod[],
  { measure }: MeasuredRepairRequest,
): Pick<TriedMethods, 'ids' | 'among'> {
  const ids = methods.map(({ id }) => id);
  if (measure.runner.kind !== 'onnx' || !methods.some(startsFromCut)) return { ids };
  const others = ids.filter((id) => id !== START_METHOD);
  return { ids: [START_METHOD, ...others], ...(ids.includes(START_METHOD) ? {} : { among: ids }) };
}

/** Whether gates are fitted, which takes gradients. */
export function fitsGates(request: MeasuredRepairRequest): boolean {
  const { ids } = methodsOf(request);
  return request.measure.runner.kind === 'onnx' && ids.some((id) => methodOf(id).needs.includes('fit'));
}

function requireTwoModels({ base, measure: { aligned } }: MeasuredRepairRequest): void {
  if (base === undefined || path.resolve(base) !== path.resolve(aligned)) return;
  throw badRequest(
    say('Base and aligned model are the same.'),
    say('Specify as base the model before alignment, e.g. Llama-3.1-8B for Llama-3.1-8B-Instruct.'),
  );
}

function requireBase(method: RepairMethod, { base, curve, method: asked }: MeasuredRepairRequest): void {
  const needsScores = method.needs.includes('selection') && (curve || asked === AUTO);
  if (base !== undefined || !(needsScores || modelNeeds(method).includes('base'))) return;
  throw badRequest(
    say('The method {0} needs two models: {1} is missing.', method.id, 'base'),
    say('Specify the base model (before alignment) and the aligned model that the adapter was trained on.'),
  );
}

const FITTED_BY_RULES = say(
  'Gates are fitted to refusals that rules find in answers, without the judge. It judged what was measured before, after and on the test split.',
);

/** Measures what the methods offer, until no other can be better. @returns notes */
export async function tryMethods(
  job: RepairJob,
  { ids, among }: TriedMethods,
  points: Points,
): Promise<readonly Message[]> {
  const isJudged = job.request.measure.judge !== undefined && fitsGates(job.request);
  const notes: Message[] = isJudged ? [FITTED_BY_RULES] : [];
  const [first, second] = among ?? ids;
  for (const id of ids) {
    if (isFree(job) && points.isAsGoodAsBefore()) break;
    try {
      await tryMethod(job, methodOf(id), points);
    } catch (thrown) {
      const { code, message } = toErrorData(thrown);
      // One of several can be left out: a family without gradients, an adapter that is not linear.
      const isOnly = second === undefined && id === first;
      if (isOnly || code === 'cancelled' || code === 'process-crashed') throw thrown;
      notes.push(say('{0} was not tried: {1}', id, message));
    }
  }
  return notes;
}

/** Whether the user leaves the choice of methods to us. */
const isFree = ({ request }: RepairJob): boolean => request.method === AUTO && request.compare === undefined;

/** Whether strengths of a method are searched; otherwise its options are measured as they are. */
export const isSearched = ({ id, curve }: RepairMethod, request: MeasuredRepairRequest): boolean =>
  curve !== undefined && (request.curve || request.method !== id);

async function tryMethod(job: RepairJob, method: RepairMethod, points: Points): Promise<void> {
  if (method.needs.includes('fit')) {
    if (isFree(job) && job.request.measure.runner.kind !== 'onnx') await measureGroups(job, points);
    else await measureGates(job, method, points);
    return;
  }
  await recordPasses(job, method);
  job.context.emit({ type: 'stage', stage: 'curve', method: method.id });
  const input = await curveInput(job, method);
  if (!isSearched(method, job.request)) {
    await points.measure([plannedPoint(input, { options: {} })]);
    return;
  }
  const found = await measureLines(input, points);
  const rivals = job.request.compare === undefined ? [] : [method.id];
  if (!points.isAsGoodAsBefore(...rivals)) await refineCurve(input, points, found);
}

async function curveInput(job: RepairJob, method: RepairMethod): Promise<CurveInput> {
  const { request, clients, context } = job;
  const { adapter, method: asked } = request;
  const inspected = await clients.engine.call('inspect', { path: adapter }, { signal: context.signal });
  const ranked = method.needs.includes('selection') ? await rank(job) : undefined;
  return {
    method,
    options: asked === method.id ? request.options : {},
    size: sizeOf(inspected),
    ...defined({ ranked }),
  };
}

/** Scores of the modules. */
async function rank({ request, clients, context }: RepairJob): Promise<CurveInput['ranked']> {
  const { adapter, base, measure, selection, analysis } = request;
  if (base === undefined || selection === undefined || analysis === undefined)
    throw badRequest(
      say('Nothing says which modules go.'),
      say('Give the base model, so that modules can be scored.'),
    );
  context.emit({ type: 'stage', stage: 'scores' });
  const document = await clients.engine.call(
    'analyze',
    { adapter, base, aligned: measure.aligned, options: analysis },
    {
      signal: context.signal,
      onEvent: (event) => {
        if (event.type === 'progress') context.emit({ type: 'engine', event });
      },
    },
  );
  return { document, selection };
}
