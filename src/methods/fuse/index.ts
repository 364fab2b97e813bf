import { choice, integer, number } from '../../core/options';
import type { Method } from '../types';
import type { FuseOptions } from './plan';

const RANK_MAX = 256;
const WEIGHT_MAX = 10;
/** From weak to strong: what is added of the safety adapter. */
const ADDED = [0.1, 0.2, 0.35, 0.5, 0.75, 1, 1.5, 2];
/** From weak to strong: what it gets of a sum of 1. */
const SHARES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8];

const weight = { minimum: -WEIGHT_MAX, maximum: WEIGHT_MAX };

/** The sum with a second adapter, which was trained to refuse. See README.md. */
export const fuse: Method<FuseOptions> = {
  id: 'fuse',
  title: 'Fuse with a Safety Adapter',
  summary: 'Add the updates of an adapter that was trained to refuse, with a weight for each of the two.',
  needs: ['safety'],
  options: {
    type: {
      ...choice(['cat', 'svd', 'linear'], 'How the sum is written.', {
        cat: 'Exactly: the ranks add up.',
        svd: 'As closely as the rank allows.',
        linear: "As PEFT's type linear does, with products of the two adapters: to compare with.",
      }),
      default: 'cat',
    },
    taskWeight: { ...number('Weight of this adapter.', weight), default: 0.6 },
    safetyWeight: {
      ...number(
        'Weight of the safety adapter; negative: its opposite, for one that was trained on harm.',
        weight,
      ),
      default: 0.4,
    },
    rank: {
      ...integer('Rank of the sum with svd; 0: the larger one of both adapters.', {
        minimum: 0,
        maximum: RANK_MAX,
      }),
      default: 0,
    },
  },
  curve: {
    lines: () => [
      ADDED.map((safetyWeight) => ({ options: { taskWeight: 1, safetyWeight } })),
      SHARES.map((share) => ({ options: { taskWeight: rest(share), safetyWeight: share } })),
    ],
  },
  plan: async (input, options) => (await import('./plan')).planFuse(input, options),
};

const rest = (share: number): number => Number((1 - share).toFixed(2));
