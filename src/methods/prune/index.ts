import { choice, flag } from '../../core/options';
import { moduleCounts } from '../moduleCounts';
import type { Method } from '../types';
import type { PruneOptions } from './plan';

/** The published method: leaves out the modules that the selection takes. See README.md. */
export const prune: Method<PruneOptions> = {
  id: 'prune',
  title: 'Prune Modules',
  summary: 'Leave out the selected modules (SPLoRA).',
  needs: ['selection'],
  options: {
    mode: {
      ...choice(['remove', 'zero'], 'How modules are removed from the pruned adapter.', {
        remove: 'Leave out their tensors and limit adapter_config.json to the kept modules.',
        zero: 'Keep their tensors, filled with zeros: for loaders that expect every module.',
      }),
      default: 'remove',
    },
    bakeScale: {
      ...flag(
        'Give all kept modules one rank and one scale, for loaders that ignore rank_pattern and alpha_pattern. The update stays the same; the file may grow.',
      ),
      default: false,
    },
  },
  curve: { lines: ({ modules }) => [moduleCounts(modules).map((top) => ({ options: {}, top }))] },
  plan: async (input, options) => (await import('./plan')).planPrune(input, options),
};
