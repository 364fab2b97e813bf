import { choice, flag } from '../../core/options';
import type { Method } from '../types';
import type { PruneOptions } from './plan';

/** The published method: leaves out the modules that the selection takes. See README.md. */
export const prune: Method<PruneOptions> = {
  id: 'prune',
  title: 'Prune Modules',
  summary: 'Leave out the modules that stand out (SPLoRA).',
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
  curve: { lines: (modules) => [counts(modules).map((top) => ({ options: {}, top }))] },
  plan: async (input, options) => (await import('./plan')).planPrune(input, options),
};

/** Sixteenths of the modules, and the first few one by one. */
function counts(modules: number): readonly number[] {
  const shares = Array.from({ length: 15 }, (_, at) => Math.round(((at + 1) * modules) / 16));
  return [...new Set([1, 2, 4, ...shares])].filter((top) => top > 0 && top < modules).sort((a, b) => a - b);
}
