import { choice, integer, number } from '../../core/options';
import type { Method } from '../types';
import type { IrrOptions } from './plan';

const RANK_MAX = 64;
const THRESHOLD_MAX = 100;
/** From weak to strong: at 0, all entries of the other sign go. */
const THRESHOLDS = [4, 3, 2.5, 2, 1.5, 1, 0.5, 0.25, 0];

/** IRR: removes the entries of the update that oppose the alignment. See README.md. */
export const irr: Method<IrrOptions> = {
  id: 'irr',
  title: 'Remove Entries That Oppose the Alignment (IRR)',
  summary:
    'Set the entries of every update to 0 whose sign differs from that of the alignment (aligned - base), as closely as the rank allows.',
  needs: ['base', 'aligned'],
  options: {
    threshold: {
      ...number(
        'Only where the alignment is larger than so many times its root mean square: 0 removes all entries of the other sign.',
        { minimum: 0, maximum: THRESHOLD_MAX },
      ),
      default: 0,
    },
    zeros: {
      ...choice(['keep', 'remove'], 'What becomes of entries where the alignment is 0, which has no sign.', {
        keep: 'They stay.',
        remove: 'They are removed, as the published code does.',
      }),
      default: 'keep',
    },
    rank: {
      ...integer('Rank of the result; 0: that of the module. A larger one has a smaller error.', {
        minimum: 0,
        maximum: RANK_MAX,
      }),
      default: 0,
    },
  },
  curve: { lines: () => [THRESHOLDS.map((threshold) => ({ options: { threshold } }))] },
  plan: async (input, options) => (await import('./plan')).planIrr(input, options),
};
