import type { ModelNames } from '../core/provenance';
import type { OpenedAdapter } from '../io/openAdapter';
import { methodOf } from '../methods';
import type { RepairPlan } from '../methods/types';
import type { CandidatesRequest, ProgressEvent } from '../protocol/engineApi';
import type { CallContext } from '../rpc/channel';
import { applyAlignmentSteps, type Aligned, type PlannedStep } from './alignmentStep';
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

function withAligned(plan: RepairPlan, aligned: Aligned | undefined): EnginePlan {
  if (aligned === undefined) return plan;
  const { tensors, left, notes, models } = aligned;
  return {
    ...plan,
    tensors: new Map([...plan.tensors, ...tensors]),
    changed: plan.changed.filter((name) => !left.has(name)),
    kept: [...plan.changed.filter((name) => left.has(name)), ...plan.kept],
    notes: [...plan.notes, ...notes],
    models,
  };
}
