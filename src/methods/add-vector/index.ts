import { integer, number } from '../../core/options';
import type { Method } from '../types';
import type { AddVectorOptions } from './plan';

const DIRECTIONS_MAX = 128;
const STRENGTH_MIN = 0.01;
const STRENGTH_MAX = 10;
/** From weak to strong. */
const STRENGTHS = [0.1, 0.2, 0.35, 0.5, 0.75, 1, 1.5, 2];
const DEFAULT_DIRECTIONS = 16;

/** RESTA: adds a safety vector. See README.md. */
export const addVector: Method<AddVectorOptions> = {
  id: 'add-vector',
  title: 'Add the Safety Vector (RESTA)',
  summary: 'Add the whole alignment (aligned - base), as closely as the given rank allows, to the adapter.',
  needs: ['base', 'aligned'],
  options: {
    strength: {
      ...number('How much of the vector is added: 1 is the alignment once more.', {
        minimum: STRENGTH_MIN,
        maximum: STRENGTH_MAX,
      }),
      default: 0.5,
    },
    k: {
      ...integer('Rank of the vector in each module: the larger, the closer to the whole vector.', {
        minimum: 1,
        maximum: DIRECTIONS_MAX,
      }),
      default: DEFAULT_DIRECTIONS,
    },
  },
  curve: {
    directions: DEFAULT_DIRECTIONS,
    lines: () => [STRENGTHS.map((strength) => ({ options: { strength } }))],
  },
  plan: async (input, options) => (await import('./plan')).planAddVector(input, options),
};
