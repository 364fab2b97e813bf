import { say } from '../../core/message';
import type { RepairInput, RepairPlan } from '../types';
import { planVector } from '../vector';

export interface AddVectorOptions {
  readonly strength: number;
  readonly k: number;
}

/** @throws SploraError `bad-request` as `planVector` */
export function planAddVector(input: RepairInput, { strength, k }: AddVectorOptions): RepairPlan {
  return {
    ...planVector(input, { k, coefficient: strength, keepsUpdate: true }),
    effect: say('moved by {0} times the alignment', strength),
    record: { strength, k },
  };
}
