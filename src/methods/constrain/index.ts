import { PASS_DIRECTIONS } from '../../core/passes';
import { integer } from '../../core/options';
import type { Method } from '../types';
import type { ConstrainOptions } from './plan';

/** From weak to strong. */
const DIRECTIONS = [1, 2, 4, 8, 16, 24, 32, 48, 64];

/** SaLoRA: no update writes into the directions that refusals use. See README.md. */
export const constrain: Method<ConstrainOptions> = {
  id: 'constrain',
  title: 'Keep Off the Outputs of Refusals (SaLoRA)',
  summary: 'Take every update off the main directions of the outputs while the aligned model refuses.',
  needs: ['outputs'],
  options: {
    directions: {
      ...integer('How many directions of each module.', { minimum: 1, maximum: PASS_DIRECTIONS }),
      default: 32,
    },
  },
  curve: {
    lines: () => [DIRECTIONS.map((directions) => ({ options: { directions } }))],
  },
  plan: async (input, options) => (await import('./plan')).planConstrain(input, options),
};
