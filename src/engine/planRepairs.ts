import { badRequest } from '../core/errors';
import { say } from '../core/message';
import { lastOfPath } from '../core/lastPart';
import { defined } from '../core/record';
import { openAdapter, type OpenedAdapter } from '../io/openAdapter';
import { hashSource } from '../io/writeSafetensors';
import { PassFiles } from '../io/passFiles';
import { checkSafety, methodOf, passNeeds } from '../methods';
import type { RepairPlan } from '../methods/types';
import type { CandidatesRequest, ProgressEvent } from '../protocol/engineApi';
import type { CallContext } from '../rpc/channel';
import { applySteps, type StepInput, type StepMemory, type Stepped } from './factorSteps';
import type { RecordedPasses } from './stepModules';
import type { PlannedStep } from './stepOutcome';

/** The plan of a method, with what it needs computed from the models. */
export type EnginePlan = RepairPlan & Partial<Pick<Stepped, 'models' | 'added'>>;

/**
 * Plans each candidate; what is computed of the models is computed once for all of them.
 * @throws SploraError those of the methods' `plan` and `applySteps`, and of `openAdapter` for the safety adapter
 */
export async function planRepairs(
  request: Omit<CandidatesRequest, 'folder'>,
  opened: OpenedAdapter,
  context: CallContext<ProgressEvent>,
  memory: StepMemory,
): Promise<readonly EnginePlan[]> {
  await checkFit(request, opened, context.signal);
  const safety = await openSafety(request);
  try {
    const passes = await openPasses(request, opened, context.signal);
    try {
      return await planAll(request, { opened, ...defined({ safety, passes }) }, context, memory);
    } finally {
      await passes?.files.close();
    }
  } finally {
    await safety?.source.close();
  }
}

/** @throws SploraError those of `PassFiles` */
async function openPasses(
  { candidates, passes }: Pick<CandidatesRequest, 'candidates' | 'passes'>,
  { source }: OpenedAdapter,
  signal: AbortSignal,
): Promise<RecordedPasses | undefined> {
  const kinds = passNeeds(candidates.map(({ method }) => methodOf(method)));
  if (passes === undefined || kinds.length === 0) return undefined;
  return { files: await PassFiles.open(passes, await hashSource(source, { signal })), kinds };
}

async function planAll(
  request: Omit<CandidatesRequest, 'folder'>,
  adapters: Omit<StepInput, 'request'>,
  context: CallContext<ProgressEvent>,
  memory: StepMemory,
): Promise<readonly EnginePlan[]> {
  const { candidates, results = {} } = request;
  const { adapter } = adapters.opened;
  const safety = adapters.safety?.adapter;
  const hasPasses = adapters.passes !== undefined;
  const plans: RepairPlan[] = [];
  const steps = new Map<RepairPlan, PlannedStep>();
  for (const { method, options, modules = [], isRandom = false } of candidates) {
    const input = { adapter, modules, results, hasPasses, ...defined({ safety }) };
    const plan = await methodOf(method).plan(input, options);
    plans.push(plan);
    if (plan.step !== undefined) steps.set(plan, { method, step: plan.step, isRandom });
  }
  if (steps.size === 0) return plans;
  const stepped = await applySteps([...steps.values()], { request, ...adapters }, context, memory);
  const of = new Map([...steps.keys()].map((plan, at) => [plan, stepped[at]]));
  const safetyRecord = await recordOfSafety(adapters.safety, context.signal);
  return plans.map((plan) => withStep(plan, of.get(plan), safetyRecord));
}

/** @throws SploraError `bad-request` if a method needs it and it is not given; those of `openAdapter` */
async function openSafety({
  candidates,
  safety,
}: Pick<CandidatesRequest, 'candidates' | 'safety'>): Promise<OpenedAdapter | undefined> {
  const methods = candidates.map(({ method }) => methodOf(method));
  for (const method of methods) checkSafety(method, safety);
  const isNeeded = methods.some(({ needs }) => needs.includes('safety'));
  return safety === undefined || !isNeeded ? undefined : await openAdapter(safety);
}

/** For the metadata: which adapter it was. */
async function recordOfSafety(
  safety: OpenedAdapter | undefined,
  signal: AbortSignal,
): Promise<Readonly<Record<string, unknown>>> {
  if (safety === undefined) return {};
  const { adapter, source } = safety;
  const sha256 = await hashSource(source, { signal });
  await source.assertUnchanged();
  return { safety: { file: lastOfPath(adapter.weightsFile), sha256 } };
}

/** Names of modules may be equal in two adapters: the file itself must be the one that was fitted. */
async function checkFit(
  { candidates, results: { fit } = {} }: Pick<CandidatesRequest, 'candidates' | 'results'>,
  { adapter, source }: OpenedAdapter,
  signal: AbortSignal,
): Promise<void> {
  if (fit === undefined || !candidates.some(({ method }) => methodOf(method).needs.includes('fit'))) return;
  if (fit.sha256 === (await hashSource(source, { signal }))) return;
  throw badRequest(
    say('The gates were fitted to other weights'),
    say('Fit them again: the adapter is another one, or has changed since.'),
    adapter.weightsFile,
  );
}

function withStep(
  plan: RepairPlan,
  stepped: Stepped | undefined,
  safety: Readonly<Record<string, unknown>>,
): EnginePlan {
  if (stepped === undefined) return plan;
  const { tensors, added, left, notes, configText, record, models } = stepped;
  return {
    ...plan,
    tensors: new Map([...plan.tensors, ...tensors]),
    added,
    changed: plan.changed.filter((name) => !left.has(name)),
    kept: [...plan.changed.filter((name) => left.has(name)), ...plan.kept],
    ...defined({ configText, models }),
    record: { ...plan.record, ...record, ...safety },
    notes: [...plan.notes, ...notes],
  };
}
