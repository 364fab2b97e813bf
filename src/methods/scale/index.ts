import { number } from '../../core/options';
import type { Method } from '../types';
import type { ScaleOptions } from './plan';

/** From weak to strong. At 0 nothing is left of the adapter. */
const FACTORS = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1];

/** The whole adapter, weaker: `B' = f B`. See README.md. */
export const scale: Method<ScaleOptions> = {
  id: 'scale',
  title: 'Scale the Adapter',
  summary: 'Multiply the update of every module by a factor from 0 to 1.',
  needs: [],
  options: {
    factor: {
      ...number('Factor for every update: 1 changes nothing, 0 removes all updates.', {
        minimum: 0,
        maximum: 1,
      }),
      default: 0.5,
    },
  },
  curve: { lines: () => [FACTORS.map((factor) => ({ options: { factor } }))] },
  plan: async (input, options) => (await import('./plan')).planScale(input, options),
};
