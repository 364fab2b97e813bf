import { choice, integer } from '../../core/options';
import type { Method } from '../types';
import type { CompressOptions } from './plan';

const RANK_MAX = 256;

/** Fewer ranks and modules, as LoRA for reasoning models has them. See README.md. */
export const compress: Method<CompressOptions> = {
  id: 'compress',
  title: 'Compress the Rank',
  summary:
    'Keep the main directions of every update: a smaller rank, and on request only some kinds of modules or the middle layers.',
  needs: [],
  options: {
    rank: {
      ...integer('The rank that is kept of every update. Smaller ones stay.', {
        minimum: 1,
        maximum: RANK_MAX,
      }),
      default: 1,
    },
    parts: {
      ...choice(['all', 'mlp', 'mlp-up'], 'Which modules stay; the others are removed.', {
        all: 'All kinds.',
        mlp: 'Those of the MLP.',
        'mlp-up': 'Those that go up into the MLP.',
      }),
      default: 'all',
    },
    layers: {
      ...choice(['all', 'middle'], 'Which layers stay; the modules of the others are removed.', {
        all: 'All layers.',
        middle: 'The middle third.',
      }),
      default: 'all',
    },
  },
  curve: { lines: ({ rank }) => [ranksBelow(rank).map((one) => ({ options: { rank: one } }))] },
  plan: async (input, options) => (await import('./plan')).planCompress(input, options),
};

/** From weak to strong: three quarters, halves and so on of the rank, down to 1. */
function ranksBelow(rank: number): readonly number[] {
  const ranks: number[] = [];
  for (let part = rank; part > 1; part /= 2) ranks.push(Math.floor((3 * part) / 4), Math.floor(part / 2));
  return [...new Set(ranks)].filter((one) => one >= 1 && one < rank).toSorted((x, y) => y - x);
}
