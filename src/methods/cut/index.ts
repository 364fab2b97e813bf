import { choice, integer, number } from '../../core/options';
import type { Method } from '../types';
import { cutCurve } from './curve';
import type { CutOptions } from './plan';

/** More directions than any adapter here needed; random ones of this number change little. */
const DIRECTIONS_MAX = 64;
/** The rest of the update is the task: beyond this, adapters broke. */
const [REST_MIN, REST_MAX] = [0.5, 2];

/** Takes the update off the alignment subspace. See README.md. */
export const cut: Method<CutOptions> = {
  id: 'cut',
  title: 'Cut the Alignment Subspace',
  summary:
    'Remove the part of every update that acts on the main directions of the alignment (aligned - base).',
  needs: ['base', 'aligned'],
  options: {
    k: {
      ...integer(
        'How many directions of the alignment are cut in each module: larger values restore more refusals but cost more of the task.',
        {
          minimum: 1,
          maximum: DIRECTIONS_MAX,
        },
      ),
      default: 8,
    },
    side: {
      ...choice(['both', 'input', 'output'], 'Which side of the update is cut.', {
        both: 'What it reads from and what it writes to the directions.',
        input: 'Only the input side: what it reads from them.',
        output: 'Only the output side: what it writes to them.',
      }),
      default: 'both',
    },
    keep: {
      ...number(
        'Share of the part on the directions that stays: 0 removes it, a negative value reverses it.',
        {
          minimum: -1,
          maximum: 1,
        },
      ),
      default: 0,
    },
    rest: {
      ...number(
        'What the rest of the update is multiplied by: a little more than 1 makes up for what the cut costs the task.',
        {
          minimum: REST_MIN,
          maximum: REST_MAX,
        },
      ),
      default: 1,
    },
  },
  curve: cutCurve,
  plan: async (input, options) => (await import('./plan')).planCut(input, options),
};
