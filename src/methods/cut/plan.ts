import { badRequest } from '../../core/errors';
import { say } from '../../core/message';
import type { RepairInput, RepairPlan } from '../types';
import { refuseNonlinear } from '../update';
import { cutFactors } from './cutFactors';

export type CutSide = 'both' | 'input' | 'output';

export interface CutOptions {
  readonly k: number;
  readonly side: CutSide;
  readonly keep: number;
}

/** @throws SploraError `bad-request` if the update is not `s B A` (DoRA, other kinds), or nothing would be cut */
export function planCut({ adapter }: RepairInput, { k, side, keep }: CutOptions): RepairPlan {
  refuseNonlinear(adapter);
  if (keep === 1)
    throw badRequest(say('With keep 1, nothing is cut'), say('Choose a smaller share.'), adapter.weightsFile);
  return {
    tensors: new Map(),
    step: {
      reads: 'subspaces',
      k,
      rewrite: (module, subspaces) => cutFactors(module, subspaces, side, keep),
    },
    effect: say('cut'),
    changed: adapter.modules.map(({ name }) => name),
    kept: adapter.replacements.map(({ name }) => name),
    record: { k, side, keep },
    notes: [],
  };
}
