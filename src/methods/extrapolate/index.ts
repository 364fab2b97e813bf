import { choice, integer, number } from '../../core/options';
import type { Method } from '../types';
import type { ExtrapolateOptions } from './plan';

const DIRECTIONS_MAX = 64;
const COEFFICIENT_MIN = 0.01;
const COEFFICIENT_MAX = 10;
/** From weak to strong, around the published 1.25. */
const COEFFICIENTS = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 3];
/** The published number of directions. */
const DIRECTIONS_DEFAULT = 6;
const DIRECTIONS = [2, DIRECTIONS_DEFAULT];

/** LoX: adds the main directions of the alignment once more. See README.md. */
export const extrapolate: Method<ExtrapolateOptions> = {
  id: 'extrapolate',
  title: 'Extrapolate the Alignment (LoX)',
  summary:
    'Add the main directions of the alignment (aligned - base) once more: to the adapter, or as an adapter of their own.',
  needs: ['base', 'aligned'],
  options: {
    k: {
      ...integer('How many directions of the alignment are added in each module; the rank grows by it.', {
        minimum: 1,
        maximum: DIRECTIONS_MAX,
      }),
      default: DIRECTIONS_DEFAULT,
    },
    coefficient: {
      ...number('How much of them is added: 1 is the alignment once more.', {
        minimum: COEFFICIENT_MIN,
        maximum: COEFFICIENT_MAX,
      }),
      default: 1.25,
    },
    write: {
      ...choice(['merged', 'alone'], 'What is written.', {
        merged: 'The adapter with the directions added to it, exactly.',
        alone: 'The directions alone: an adapter that makes the aligned model safer, to train on afterwards.',
      }),
      default: 'merged',
    },
  },
  curve: {
    directions: DIRECTIONS_DEFAULT,
    lines: () => DIRECTIONS.map((k) => COEFFICIENTS.map((coefficient) => ({ options: { k, coefficient } }))),
  },
  plan: async (input, options) => (await import('./plan')).planExtrapolate(input, options),
};
