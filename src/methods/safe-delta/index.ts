import { integer, number } from '../../core/options';
import type { Method } from '../types';
import type { SafeDeltaOptions } from './plan';

const RANK_MAX = 64;
const BUDGET_MAX = 1e6;
/** From weak to strong; what fits depends on the size of updates and weights. */
const BUDGETS = [1e4, 5e3, 2e3, 1e3, 500, 200, 100, 50, 20, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01];

/** Safe Delta: what changes the answers to harmful prompts little stays. See README.md. */
export const safeDelta: Method<SafeDeltaOptions> = {
  id: 'safe-delta',
  title: 'Keep What Costs Little Safety (Safe Delta)',
  summary:
    'Keep the entries of every update that change refusals least, up to a budget, and make up for them in the others, as closely as the rank allows.',
  needs: ['hessian'],
  options: {
    budget: {
      ...number('How much refusals may change: less keeps fewer entries.', {
        minimum: 0,
        maximum: BUDGET_MAX,
      }),
      default: 0.1,
    },
    rank: {
      ...integer('Rank of the result; 0: that of the module. A larger one has a smaller error.', {
        minimum: 0,
        maximum: RANK_MAX,
      }),
      default: 0,
    },
  },
  curve: { lines: () => [BUDGETS.map((budget) => ({ options: { budget } }))] },
  plan: async (input, options) => (await import('./plan')).planSafeDelta(input, options),
};
