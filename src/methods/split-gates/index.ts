import type { Method } from '../types';

/** Two fitted factors for each module: on and off the alignment subspace. See README.md. */
export const splitGates: Method<object> = {
  id: 'split-gates',
  title: 'Apply Fitted Split Gates',
  summary:
    'Multiply each update by two gates that were fitted on your prompts: one for its part on the main directions of the alignment, one for the rest.',
  needs: ['base', 'aligned', 'fit'],
  options: {},
  plan: async (input) => (await import('./plan')).planSplitGates(input),
};
