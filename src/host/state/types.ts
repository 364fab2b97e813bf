import type { ModuleMeasure } from '../../core/ediem/types';
import type { ErrorData } from '../../core/errors';
import type { AnalysisDocument } from '../../core/report/analysis';
import type { DocumentOf, ResultKindId } from '../../core/results';
import type { ResultDocument } from '../../core/results/types';
import type { ModuleVerdict, SelectionOptions } from '../../core/selection/types';
import type { ProgressEvent } from '../../protocol/engineApi';

export interface Result<D extends ResultDocument = ResultDocument> {
  readonly document: D;
  /** Why the result no longer describes the files, e.g. "adapter_model.safetensors changed"; null while it does. */
  readonly stale: string | null;
}

/** The results of an adapter by the id of their kind. */
export type Results = Readonly<Record<string, Result | undefined>> & {
  readonly [Id in ResultKindId]?: Result<DocumentOf<Id>> | undefined;
};

/** What the window knows of one adapter. The key everywhere is the absolute path of its weights file. */
export interface AdapterState {
  readonly adapter: string;
  readonly results: Results;
  /** Of `results.analysis`; null without one. */
  readonly document: AnalysisDocument | null;
  readonly selection: SelectionOptions;
  /** One for each module of `document`, in its order; empty without a document. */
  readonly verdicts: readonly ModuleVerdict[];
  /** Of `results.analysis`. */
  readonly stale: string | null;
  /** Of the analysis. */
  readonly run: RunState;
  /** Its weights were deleted; what is shown is of before. */
  readonly isGone?: boolean;
}

export type RunState =
  | { readonly kind: 'idle' }
  | {
      readonly kind: 'running';
      readonly progress: ProgressEvent | null;
      /** Modules measured so far: what can be shown before the populations are known. */
      readonly measured?: readonly ModuleMeasure[];
    }
  | { readonly kind: 'failed'; readonly error: ErrorData };
