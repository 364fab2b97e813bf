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
    ...choice(['effective', 'none'], "Whether the adapter's scale (alpha / rank) counts.", {
      effective: 'Scores the update as it acts: scale included.',
      none: 'Scores B A without the scale, as the published code does.',
    }),
    default: 'effective',
  },
  quartiles: {
    ...choice(['exact', 'sampled'], 'How the quartiles of the entries are found.', {
      exact: 'Over all entries.',
      sampled: 'Over a sample: faster on large models.',
    }),
    default: 'exact',
  },
} as const;
