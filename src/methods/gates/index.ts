import type { Method } from '../types';

/** One fitted factor for each module. See README.md. */
export const gates: Method<object> = {
  id: 'gates',
  title: 'Apply Fitted Gates',
  summary: 'Multiply the update of each module by the gate that was fitted to it on your prompts.',
  needs: ['fit'],
  options: {},
  plan: async (input) => (await import('./plan')).planGates(input),
};
