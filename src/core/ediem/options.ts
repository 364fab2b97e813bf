import { LOADERS } from '../check/types';
import { choice } from '../options';

/** How updates are measured and scored: the options behind settings and flags. */
export const ANALYSIS_OPTIONS = {
  population: {
    ...choice(['shape', 'all', 'type'], "What a module's distance is measured against.", {
      shape: 'All active modules of the same shape.',
      all: 'All active modules.',
      type: 'All active modules of the same type, such as every q_proj.',
    }),
    default: 'shape',
  },
  scale: {
    ...choice(['effective', 'none'], "Whether scores include the adapter's scale (alpha / rank).", {
      effective: 'Scores the update as applied, including the scale.',
      none: 'Scores B A without the scale, as the published code does.',
    }),
    default: 'effective',
  },
  quartiles: {
    ...choice(['exact', 'sampled'], 'How the quartiles of the entries are computed.', {
      exact: 'Over all entries.',
      sampled: 'Over a sample: faster on large models.',
    }),
    default: 'exact',
  },
} as const;

/** Whose effect is scored; absent: that of the loader of the adapter's format. */
export const SCORED_LOADER = choice(
  LOADERS,
  'Score the modules and scales that this loader applies (default: PEFT, or mlx-lm for MLX adapters).',
);
