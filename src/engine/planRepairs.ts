import { badRequest } from '../core/errors';
import { say } from '../core/message';
import type { ModelNames } from '../core/provenance';
import { defined } from '../core/record';
import type { OpenedAdapter } from '../io/openAdapter';
import { hashSource } from '../io/writeSafetensors';
import { methodOf } from '../methods';
import type { RepairPlan } from '../methods/types';
import type { CandidatesRequest, ProgressEvent } from '../protocol/engineApi';
import type { CallContext } from '../rpc/channel';
import { applyAlignmentSteps, type Aligned } from './alignmentStep';
import type { PlannedStep } from './stepOutcome';
import type { SubspaceCache } from './subspaceCache';
import type { WorkerPool } from './workers/pool';

/** What outlives a call. */
export interface PlanMemory {
  readonly pool: WorkerPool;
  readonly subspaces: SubspaceCache;
}

/** The plan of a method, with what it needs computed from the models. */
export type EnginePlan = RepairPlan & { readonly models?: ModelNames };

/**
 * Plans each candidate; the subspaces of the models are computed once for all of them.
 * @throws SploraError those of the methods' `plan` and `applyAlignmentSteps`
 */
export async function planRepairs(
  request: Omit<CandidatesRequest, 'folder'>,
  opened: OpenedAdapter,
  context: CallContext<ProgressEvent>,
  memory: PlanMemory,
): Promise<readonly EnginePlan[]> {
  const { candidates, results = {} } = request;
  await checkFit(request, opened, context.signal);
  const plans: RepairPlan[] = [];
  const steps = new Map<RepairPlan, PlannedStep>();
  for (const { method, options, modules = [], isRandom = false } of candidates) {
    const plan = await methodOf(method).plan({ adapter: opened.adapter, modules, results }, options);
    plans.push(plan);
    if (plan.alignment !== undefined) steps.set(plan, { method, step: plan.alignment, isRandom });
  }
  if (steps.size === 0) return plans;
  const aligned = await applyAlignmentSteps([...steps.values()], { request, opened }, context, memory);
  const of = new Map([...steps.keys()].map((plan, at) => [plan, aligned[at]]));
  return plans.map((plan) => withAligned(plan, of.get(plan)));
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

function withAligned(plan: RepairPlan, aligned: Aligned | undefined): EnginePlan {
  if (aligned === undefined) return plan;
  const { tensors, left, notes, configText, record, models } = aligned;
  return {
    ...plan,
    tensors: new Map([...plan.tensors, ...tensors]),
    changed: plan.changed.filter((name) => !left.has(name)),
    kept: [...plan.changed.filter((name) => left.has(name)), ...plan.kept],
    ...defined({ configText }),
    record: { ...plan.record, ...record },
    notes: [...plan.notes, ...notes],
    models,
  };
}
