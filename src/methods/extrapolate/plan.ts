import { say } from '../../core/message';
import type { RepairInput, RepairPlan } from '../types';
import { planVector } from '../vector';

export interface ExtrapolateOptions {
  readonly k: number;
  readonly coefficient: number;
  readonly write: 'merged' | 'alone';
}

/** @throws SploraError `bad-request` as `planVector` */
export function planExtrapolate(
  input: RepairInput,
  { k, coefficient, write }: ExtrapolateOptions,
): RepairPlan {
  const keepsUpdate = write === 'merged';
  return {
    ...planVector(input, { k, coefficient, keepsUpdate }),
    effect: keepsUpdate ? say('extrapolated') : say('replaced by the directions of the alignment'),
    record: { k, coefficient, write },
  };
}
