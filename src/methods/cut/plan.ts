import { badRequest } from '../../core/errors';
import { say } from '../../core/message';
import type { RepairInput, RepairPlan } from '../types';
import { refuseNonlinear } from '../update';
import { cutFactors, scaled } from './cutFactors';

export type CutSide = 'both' | 'input' | 'output';

export interface CutOptions {
  readonly k: number;
  readonly side: CutSide;
  /** What the part on the directions is multiplied by. */
  readonly keep: number;
  /** What the rest is multiplied by. */
  readonly rest: number;
}

/** @throws SploraError `bad-request` if the update is not `s B A` (DoRA, other kinds), or nothing would be cut */
export function planCut({ adapter }: RepairInput, { k, side, keep, rest }: CutOptions): RepairPlan {
  refuseNonlinear(adapter);
  if (keep === rest)
    throw badRequest(
      say('Nothing is cut: keep and rest are both {0}', keep),
      say('Choose a smaller keep.'),
      adapter.weightsFile,
    );
  return {
    tensors: new Map(),
    step: {
      reads: 'subspaces',
      k,
      rewrite: (module, subspaces) => cutFactors(module, subspaces, { side, keep, rest }),
      // It is on no direction.
      ...(rest === 1 ? {} : { rewriteOutside: ({ b }) => ({ b: scaled(b, rest) }) }),
    },
    effect: say('cut'),
    changed: adapter.modules.map(({ name }) => name),
    kept: adapter.replacements.map(({ name }) => name),
    record: { k, side, keep, rest },
    notes: [],
  };
}
