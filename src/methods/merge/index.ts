import { number } from '../../core/options';
import type { Method } from '../types';
import type { MergeOptions } from './plan';

const WEIGHT_MAX = 10;
const weight = { minimum: 0, maximum: WEIGHT_MAX };
/** From few to all modules. */
const COSINES = [0.2, 0.3, 0.35, 0.4, 0.5, 0.6, 0.75, 1];
/** Of the safety adapter; the task gets the rest. The first one is the published one. */
const SHARES = [0.2, 0.5];

/** SafeMERGE: fuses only the modules that agree least with the alignment. See README.md. */
export const merge: Method<MergeOptions> = {
  id: 'merge',
  title: 'Merge Modules with a Safety Adapter (SafeMERGE)',
  summary:
    'Add an adapter that was trained to refuse, in the modules that agree least with the alignment (aligned - base).',
  needs: ['base', 'aligned', 'safety'],
  options: {
    cosine: {
      ...number('Modules whose update has a smaller cosine with its projection are merged.', {
        minimum: -1,
        maximum: 1,
      }),
      default: 0.35,
    },
    taskWeight: { ...number('Weight of this adapter in merged modules.', weight), default: 0.8 },
    safetyWeight: { ...number('Weight of the safety adapter in merged modules.', weight), default: 0.2 },
  },
  curve: {
    lines: () =>
      SHARES.map((safetyWeight) =>
        COSINES.map((cosine) => ({ options: { cosine, taskWeight: 1 - safetyWeight, safetyWeight } })),
      ),
  },
  plan: async (input, options) => (await import('./plan')).planMerge(input, options),
};
