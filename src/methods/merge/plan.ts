import { badRequest } from '../../core/errors';
import { say } from '../../core/message';
import { fused } from '../fuse/plan';
import { settleRanks } from '../oneRank';
import { projectionOf } from '../projection';
import { safetyNotes, safetyOf } from '../safety';
import type { LeftModule, RepairInput, RepairPlan, Rewritten, StepModule } from '../types';
import { refuseBias, refuseNonlinear } from '../update';

export interface MergeOptions {
  readonly cosine: number;
  readonly taskWeight: number;
  readonly safetyWeight: number;
}

/**
 * `dW' = w1 dW + w2 dW_safety` where `cos(dW, C dW)` is below the limit.
 * @throws SploraError `bad-request` if an update is not `s B A`, for adapters of other models, and for weight 0
 */
export function planMerge(input: RepairInput, options: MergeOptions): RepairPlan {
  const { adapter } = input;
  const safety = safetyOf(input);
  refuseNonlinear(adapter);
  refuseBias(adapter);
  if (options.safetyWeight === 0)
    throw badRequest(
      say('With weight 0, nothing of the safety adapter is added'),
      say('Choose another weight, or the method scale.'),
    );
  return {
    tensors: new Map(),
    step: {
      reads: 'products',
      rewrite: (module, { cb }) => merged(module, cb, options),
      settle: (written) => settleRanks(adapter, adapter.configText, written),
    },
    effect: say('merged'),
    changed: adapter.modules.map(({ name }) => name),
    kept: adapter.replacements.map(({ name }) => name),
    record: { ...options },
    notes: safetyNotes(safety),
  };
}

export function merged(
  module: StepModule,
  cb: Float64Array,
  { cosine: limit, ...weights }: MergeOptions,
): Rewritten | LeftModule {
  const { cosine } = projectionOf(module, cb);
  if (module.safety === undefined) return { left: say('The safety adapter does not have it.') };
  if (cosine >= limit) return { left: say('Their cosines are {0} or more.', limit) };
  return { ...fused(module, { type: 'cat', rank: 0, ...weights }), cosine };
}
