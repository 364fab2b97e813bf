import type { AnalysisOptions } from '../report/analysis';
import type { SelectionOptions } from '../selection/types';

/** `remove` leaves the modules out of weights and config; `zero` keeps their places with B = 0. */
export type PruneMode = 'remove' | 'zero';

/** How the choice of modules was made. */
export type PruneProvenance =
  | { readonly by: 'hand' }
  | {
      readonly by: 'rule';
      readonly selection: SelectionOptions;
      /** How the scores were made that the rule looked at. */
      readonly options: AnalysisOptions;
      readonly base: string;
      readonly aligned: string;
      /** Why the scores are of earlier files than the ones that were pruned; absent: they are of these. */
      readonly stale?: string;
    };
