import { choice, integer, number } from '../../core/options';
import { moduleCounts } from '../moduleCounts';
import type { Method } from '../types';
import type { ProjectOptions } from './plan';

/** More modules than any adapter has. */
const MODULES_MAX = 100_000;
const DIRECTIONS_MAX = 64;

/** Safe LoRA: projects the updates that differ most from the alignment onto it. See README.md. */
export const project: Method<ProjectOptions> = {
  id: 'project',
  title: 'Project onto the Alignment (Safe LoRA)',
  summary:
    'Project the updates that agree least with the alignment (aligned - base) onto it; the others stay as they are.',
  needs: ['base', 'aligned'],
  options: {
    by: {
      ...choice(['count', 'cosine'], 'Which modules are projected.', {
        count: 'So many, those with the smallest cosine of the update and its projection.',
        cosine: 'All whose cosine is at most the limit.',
      }),
      default: 'count',
    },
    modules: {
      ...integer('How many modules are projected (by count).', { minimum: 1, maximum: MODULES_MAX }),
      default: 10,
    },
    cosine: {
      ...number('The largest cosine of a module that is projected (by cosine).', { minimum: -1, maximum: 1 }),
      default: 0.5,
    },
    projector: {
      ...choice(['published', 'subspace'], 'What updates are projected with.', {
        published: 'V Vᵀ / ‖V‖, as Safe LoRA does: it also makes nearly all updates much smaller.',
        subspace: 'U Uᵀ with the k main directions of the outputs: what lies on them keeps its size.',
      }),
      default: 'published',
    },
    k: {
      ...integer('Directions of the subspace projector.', { minimum: 1, maximum: DIRECTIONS_MAX }),
      default: 8,
    },
  },
  curve: {
    lines: ({ modules }) => [
      [...moduleCounts(modules), modules].map((count) => ({ options: { by: 'count', modules: count } })),
    ],
  },
  plan: async (input, options) => (await import('./plan')).planProject(input, options),
};
