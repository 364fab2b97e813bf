import { choice, number } from '../../core/options';
import type { Method } from '../types';
import type { AntidoteOptions } from './plan';

/** From weak to strong. */
const SHARES = [0.02, 0.05, 0.1, 0.13, 0.16, 0.2, 0.3, 0.45, 0.6];

/** Antidote: the entries that answer harmful prompts are set to 0. See README.md. */
export const antidote: Method<AntidoteOptions> = {
  id: 'antidote',
  title: 'Zero Entries That Harmful Prompts Use (Antidote)',
  summary: 'Set to 0 the entries of the factors that count most while harmful prompts are read.',
  needs: ['activations'],
  options: {
    share: {
      ...number('Share of each row of a factor that is set to 0.', { minimum: 0, maximum: 1 }),
      default: 0.1,
    },
    factors: {
      ...choice(['both', 'a'], 'Which factors.', {
        both: 'lora_A and lora_B, as published: a row of lora_B has as many entries as the rank.',
        a: 'lora_A alone: finer steps, since its rows are long.',
      }),
      default: 'both',
    },
    score: {
      ...choice(['activations', 'magnitude'], 'What counts most.', {
        activations: 'The entry times the norm of what it reads in harmful prompts (Wanda).',
        magnitude: 'The entry alone: no prompts are needed.',
      }),
      default: 'activations',
    },
  },
  curve: {
    lines: () =>
      (['both', 'a'] as const).map((factors) => SHARES.map((share) => ({ options: { share, factors } }))),
  },
  plan: async (input, options) => (await import('./plan')).planAntidote(input, options),
};
