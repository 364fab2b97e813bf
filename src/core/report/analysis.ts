import type { AdapterFamily } from '../adapter/types';
import type { LoadedAs } from '../check/loadedAs';
import type { Loader } from '../check/types';
import type {
  MeasuredModule,
  ModuleMeasure,
  ModuleScores,
  PopulationKind,
  PopulationUsed,
  ScaleMode,
  ScoreName,
} from '../ediem/types';
import type { Message } from '../message';
import type { ResultDocument } from '../results/types';

/** Raised when a field changes meaning or is removed, not when one is added. */
export const ANALYSIS_SCHEMA_VERSION = 2;

export type QuartileMode = 'exact' | 'sampled';

export interface AnalysisOptions {
  readonly population: PopulationKind;
  readonly scale: ScaleMode;
  readonly quartiles: QuartileMode;
  /** The loader whose modules and scales are scored; absent: that of the adapter's format. */
  readonly loader?: Loader;
}

/** What is known of a module before it is scored. */
export interface ModuleHead extends MeasuredModule {
  /** Bytes of the module's tensors in the adapter file: what pruning saves. */
  readonly bytes: number;
}

export interface ScoredModule extends ModuleHead, ModuleScores {
  readonly status: 'scored';
  readonly population: PopulationUsed;
}

/**
 * Scores are null, never NaN: `inactive` (B = 0, the model's own weight, or not applied by the loader), `unmatched` (no base tensor), `unsupported`
 * (not B A, dtype).
 */
export interface UnscoredModule extends ModuleHead, Readonly<Record<ScoreName, null>> {
  readonly status: 'inactive' | 'unmatched' | 'unsupported';
  readonly reason: Message;
  readonly population: null;
}

export type ModuleResult = ScoredModule | UnscoredModule;

/** Whether a result is of a LoRA pair: what rules rank, and what maps and distributions show. */
export function isPair({ kind }: Pick<ModuleResult, 'kind'>): boolean {
  return kind === undefined;
}

/** The one document that CLI, tree, panel, hover, diagnostics and exports render. */
export interface AnalysisDocument extends ResultDocument {
  readonly schemaVersion: typeof ANALYSIS_SCHEMA_VERSION;
  readonly tool: { readonly name: 'splora'; readonly version: string };
  /** Absolute paths of the checkpoints that were read (a folder or a file). */
  readonly base: string;
  readonly aligned: string;
  readonly family: AdapterFamily;
  readonly options: AnalysisOptions;
  /** LoRA pairs in natural order, then replacements. */
  readonly modules: readonly ModuleResult[];
  /** Tensors that are no part of `modules`, or whose change its scores do not cover. */
  readonly carried: readonly { readonly tensor: string; readonly reason: Message }[];
  /** What each loader would do with the adapter on the aligned model; absent in analyses of older versions. */
  readonly loaders?: readonly LoadedAs[];
  readonly notes: readonly Message[];
  /** How the scores are to be read, and what they do not prove. */
  readonly about: string;
  /** What a re-score with other options starts from. */
  readonly measures: readonly ModuleMeasure[];
  readonly timing: { readonly wallMs: number; readonly bytesRead: number; readonly peakRssBytes: number };
}
