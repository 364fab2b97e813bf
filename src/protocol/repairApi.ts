import type { AnalysisOptions } from '../core/report/analysis';
import type { ExportTarget } from '../core/export/targets';
import type { FitOptions } from '../core/results/fit/types';
import type { Figures, MeasuredPoint, RepairDocument, RepairTarget } from '../core/results/repair/types';
import type { SelectionOptions } from '../core/selection/types';
import type { ProgressEvent } from './engineApi';
import type { FitEvent, FitRequest, MeasureEvent, MeasureRequest } from './evaluatorApi';

/** A repair by measurement (`src/repair`): what command line and window ask. */
export interface MeasuredRepairRequest {
  /** Adapter folder, or a file in it. */
  readonly adapter: string;
  /** The model before alignment; absent: methods that need it are left out. */
  readonly base?: string;
  /** Adapter that was trained to refuse, for a method that needs one. */
  readonly safety?: string;
  /** The aligned model, suites, and how they are run. */
  readonly measure: Pick<
    MeasureRequest,
    'aligned' | 'suites' | 'runner' | 'judge' | 'maxNewTokens' | 'system' | 'skipBrokenLines'
  >;
  /** `AUTO`, or the id of a method. */
  readonly method: string;
  /** Measures the curve of each of these, and reports the best strength of each; `method` is `AUTO` then. */
  readonly compare?: readonly string[];
  /** Of the method: a curve does not vary them. */
  readonly options: Readonly<Record<string, unknown>>;
  /** False: only the options as they are, with their defaults, are measured. `AUTO` always measures curves. */
  readonly curve: boolean;
  readonly target: RepairTarget;
  /** At most so many prompts of each suite choose. Absent: `FIT_PROMPTS`. */
  readonly fitLimit?: number;
  /** At most so many prompts of each suite report. Absent: all. */
  readonly testLimit?: number;
  /** For methods that choose modules: the ranking, and the rule where there is no curve. */
  readonly selection?: SelectionOptions;
  readonly analysis?: AnalysisOptions;
  /** For methods that need fitted gates. */
  readonly fit?: Pick<FitRequest, 'struck' | 'start' | 'journal'> & {
    readonly options?: Partial<FitOptions>;
  };
  /** Compare the result with random directions, where the method has them. */
  readonly chance: boolean;
  /** Write also what misses the target. */
  readonly anyway: boolean;
  /** Absent: `<adapter>-splora`, then `-splora-2`, … beside the original. */
  readonly out?: string;
  /** Copy tokenizer files, README and so on too. */
  readonly copyRest: boolean;
  /** Loader to write it for; absent: in the form of the original. */
  readonly for?: ExportTarget;
}

/** The method that tries several and takes the best. */
export const AUTO = 'auto';

/**
 * What a repair is doing: `targets` asks what gates are fitted to, `before` measures the adapter as it is, `passes` reads harmful prompts, `curve` strengths, `gates` fits, `test` measures the best
 * on the test split.
 */
export type RepairStage =
  'targets' | 'suites' | 'scores' | 'before' | 'passes' | 'curve' | 'gates' | 'test' | 'writing' | 'checking';

export type MeasuredRepairEvent =
  | {
      readonly type: 'stage';
      readonly stage: RepairStage;
      /** The method of a curve. */ readonly method?: string;
    }
  /** Progress within a stage. */
  | { readonly type: 'engine'; readonly event: ProgressEvent }
  | { readonly type: 'measure'; readonly event: MeasureEvent }
  | { readonly type: 'fit'; readonly event: FitEvent }
  /** On the fit split; `limits`: the target in numbers there. */
  | {
      readonly type: 'before';
      readonly aligned: Figures;
      readonly adapter: Figures;
      readonly limits: { readonly maxAsr: number; readonly maxOverRefusal: number };
    }
  | { readonly type: 'point'; readonly point: MeasuredPoint }
  /** The best of all points. */
  | { readonly type: 'chosen'; readonly point: MeasuredPoint };

export type MeasuredRepairResult = RepairDocument;
