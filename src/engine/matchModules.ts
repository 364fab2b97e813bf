import type { Adapter, AdapterModule } from '../core/adapter/types';
import { locateWeight } from '../core/checkpoint/locate';
import type { Checkpoint, CheckpointTensor, LocatedWeight } from '../core/checkpoint/types';
import { SploraError, worded } from '../core/errors';
import { displayName } from '../core/safetensors/displayName';
import { isArithmeticDtype, type ArithmeticDtype } from '../core/safetensors/dtype';
import { say, type Said } from '../core/said';

/** One side of a difference: a weight whose dtype has arithmetic. */
export interface ReadableWeight {
  readonly tensor: CheckpointTensor;
  readonly dtype: ArithmeticDtype;
}

/** A module with both of its weights found and readable. */
export interface MatchedModule {
  readonly module: AdapterModule;
  readonly base: ReadableWeight;
  readonly aligned: ReadableWeight;
  readonly transposed: boolean;
  /** Bytes of both weights. */
  readonly weightBytes: number;
}

/** A module that no score can be computed for, and why. */
export interface DeclinedModule {
  readonly module: AdapterModule;
  readonly status: 'unmatched' | 'unsupported';
  readonly reason: Said;
}

export interface Matches {
  /** In the order of their weights on disk, so that reading goes forward. */
  readonly matched: readonly MatchedModule[];
  readonly declined: readonly DeclinedModule[];
}

/**
 * Finds both weights of every module.
 * @throws SploraError `wrong-models` when base and aligned are the same, or fit no module at all
 */
export function matchModules(adapter: Adapter, base: Checkpoint, aligned: Checkpoint): Matches {
  if (base.path === aligned.path) {
    throw new SploraError({
      code: 'wrong-models',
      message: 'Base and aligned are the same checkpoint, so there is no alignment direction',
      file: base.path,
      advice: 'Choose the pretrained model as base and the chat or instruct model as aligned.',
    });
  }
  const matched: MatchedModule[] = [];
  const declined: DeclinedModule[] = [];
  for (const module of adapter.modules) {
    const match = matchOne(module, base, aligned, adapter.fanInFanOut);
    if ('reason' in match) declined.push(match);
    else matched.push(match);
  }
  refuseWhenNothingFits(matched, declined, base, aligned);
  matched.sort(byPlaceOnDisk);
  return { matched, declined };
}

function matchOne(
  module: AdapterModule,
  base: Checkpoint,
  aligned: Checkpoint,
  fanInFanOut: boolean,
): MatchedModule | DeclinedModule {
  if (module.unsupported !== undefined) return { module, status: 'unsupported', reason: module.unsupported };
  const inBase = locateWeight(base, module, fanInFanOut);
  if ('missing' in inBase) return { module, status: 'unmatched', reason: say('Base: {0}', inBase.missing) };
  const inAligned = locateWeight(aligned, module, fanInFanOut);
  if ('missing' in inAligned)
    return { module, status: 'unmatched', reason: say('Aligned: {0}', inAligned.missing) };
  if (inBase.found.transposed !== inAligned.found.transposed) {
    return {
      module,
      status: 'unmatched',
      reason: say('Base and aligned store this weight in different layouts.'),
    };
  }
  const tensors = [readable(inBase.found), readable(inAligned.found)] as const;
  const [baseWeight, alignedWeight] = tensors;
  if (baseWeight === undefined || alignedWeight === undefined) {
    const reason = say(
      'Weights are {0} and {1}: scores need F64, F32, F16 or BF16.',
      inBase.found.weight.info.dtype,
      inAligned.found.weight.info.dtype,
    );
    return { module, status: 'unsupported', reason };
  }
  const weightBytes = baseWeight.tensor.info.byteLength + alignedWeight.tensor.info.byteLength;
  return {
    module,
    base: baseWeight,
    aligned: alignedWeight,
    transposed: inBase.found.transposed,
    weightBytes,
  };
}

function readable(located: LocatedWeight): ReadableWeight | undefined {
  const { dtype } = located.weight.info;
  return isArithmeticDtype(dtype) ? { tensor: located.weight, dtype } : undefined;
}

function refuseWhenNothingFits(
  matched: readonly MatchedModule[],
  declined: readonly DeclinedModule[],
  base: Checkpoint,
  aligned: Checkpoint,
): void {
  const first = declined.find(({ status }) => status === 'unmatched');
  if (matched.length > 0 || first === undefined) return;
  throw new SploraError({
    code: 'wrong-models',
    ...worded(
      'No module of the adapter has its weights in both checkpoints. {0}: {1}',
      displayName(first.module.name),
      first.reason,
    ),
    file: first.reason.startsWith('Base:') ? base.path : aligned.path,
    advice: 'Choose the checkpoints that this adapter was trained from.',
  });
}

function byPlaceOnDisk(left: MatchedModule, right: MatchedModule): number {
  const [a, b] = [left.base.tensor, right.base.tensor];
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.info.offset - b.info.offset;
}
