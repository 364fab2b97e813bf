import type { NextStep } from '../core/evidence/headline';
import type { PopulationUsed, ScoreName } from '../core/ediem/types';
import type { Loader, LoadVerdict } from '../core/check/types';
import type { ErrorText } from '../core/errors';
import type { AnalysisOptions, ModuleResult } from '../core/report/analysis';
import type { TermId } from '../core/report/terms';
import type { SelectionEdit } from '../core/selection/select';
import type { SelectionOptions, Verdict } from '../core/selection/types';
import type { BehaviorToPanel, PanelToBehavior } from './behavior';
import type { ProgressEvent } from './engineApi';
import type { PanelToRepair, RepairToPanel } from './panelRepair';

/**
 * Everything that passes between the extension host and the panel's page.
 * The host sends data and never markup; the page sends requests and never state. Constants here end up in the page's
 * bundle: what checks the page's messages is in host/pageMessages.ts.
 */

/** `measured`: a module of a running analysis, whose population is not known yet. */
export type PanelModuleStatus = ModuleResult['status'] | 'measured';

/** Modules by column: all columns are of one length. By column, 10,000 modules are half the bytes they are by row. */
export interface ModuleTable {
  readonly names: readonly string[];
  /** Whole weights that replace the model's: in no ranking, map or distribution. */
  readonly replaced: readonly boolean[];
  readonly status: readonly PanelModuleStatus[];
  /** Why a module has no score; null for the others. */
  readonly reasons: readonly (string | null)[];
  /** `[m, n]`, out x in. */
  readonly shapes: readonly (readonly [number, number])[];
  readonly ranks: readonly number[];
  readonly scales: readonly number[];
  /** Bytes in the adapter file; null while they are not known. */
  readonly bytes: readonly (number | null)[];
  readonly populations: readonly (PopulationUsed | null)[];
  /** Why a module stands out; null for the others. */
  readonly standsOut: readonly (string | null)[];
  readonly scores: Readonly<Record<ScoreName, readonly (number | null)[]>>;
}

/** A path as a user reads it, and the whole of it. */
export interface ShownPath {
  readonly shown: string;
  readonly full: string;
}

/** What the panel shows of an `AnalysisDocument`. */
export interface PanelDocument {
  readonly base: ShownPath;
  readonly aligned: ShownPath;
  readonly options: AnalysisOptions;
  readonly modules: ModuleTable;
  /** Tensors that no score covers: how many, and what the first of them are. */
  readonly carried: { readonly count: number; readonly first: readonly string[] };
  readonly notes: readonly string[];
}

/** What was found, how sure, and what to do next. */
export interface PanelHeadline {
  readonly sentences: readonly string[];
  readonly next: readonly NextStep[];
  /** Something that the user should look at. */
  readonly isFinding: boolean;
}

export type PanelRun =
  | { readonly kind: 'idle' }
  | { readonly kind: 'running'; readonly progress: ProgressEvent | null }
  | { readonly kind: 'failed'; readonly error: ErrorText };

/** What the status line of the load check says; the report has the reasons. */
export type PanelLoadCheck =
  | { readonly kind: 'none' }
  | { readonly kind: 'running' }
  | { readonly kind: 'failed'; readonly error: ErrorText }
  | {
      readonly kind: 'done';
      /** Modules of the adapter. */
      readonly modules: number;
      readonly loaders: readonly {
        readonly loader: Loader;
        readonly verdict: LoadVerdict;
        /** Modules that attach. */
        readonly attached: number;
      }[];
      /** Loaders that would not run the same model. */
      readonly differences: readonly (readonly [Loader, Loader])[];
    };

/**
 * The page applies the user's changes by itself, and hears only of changes made elsewhere. `revision` counts those: a
 * change from the page that was made before it heard of the last one is answered with the selection that results.
 */
interface SelectionNews {
  readonly selection: SelectionOptions;
  readonly revision: number;
}

export type HostToPanel =
  /** First, once for each `ready`. */
  | {
      readonly type: 'init';
      /** Key of the adapter: absolute path of its weights file. */
      readonly adapter: string;
      /** The folder's name. */
      readonly title: string;
      readonly path: string;
      /** English text -> text in the language of the window. */
      readonly translations: Readonly<Record<string, string>>;
    }
  /** Whether the workspace is trusted; the page takes it for trusted until it hears otherwise. */
  | { readonly type: 'trust'; readonly trusted: boolean }
  | ({ readonly type: 'document'; readonly document: PanelDocument | null } & SelectionNews)
  | ({ readonly type: 'selection' } & SelectionNews)
  | { readonly type: 'run'; readonly run: PanelRun; readonly stale: string | null }
  /** Rows that the running analysis measured; `from` is the number of rows sent before, 0 starts over. */
  | { readonly type: 'measured'; readonly from: number; readonly rows: ModuleTable }
  /** What heads the page; no sentences: nothing is known yet. */
  | ({ readonly type: 'headline' } & PanelHeadline)
  /** The load check: asked for with `checkLoad`, back to `none` when the result changes. */
  | { readonly type: 'loadCheck'; readonly check: PanelLoadCheck }
  /** Brings a module into view, and chooses it. */
  | { readonly type: 'reveal'; readonly module: string }
  | BehaviorToPanel
  | RepairToPanel;

export const EXPORT_FORMATS = ['json', 'csv', 'markdown', 'svg', 'sarif'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** What the page may ask for. */
export type PanelToHost =
  | PanelToBehavior
  | PanelToRepair
  /** The page listens: send `init` and everything after it. */
  | { readonly type: 'ready' }
  /** With the `revision` that the page had heard of. */
  | { readonly type: 'setSelection'; readonly change: SelectionEdit; readonly revision: number }
  /** Scores again from the measures; reads no weights. */
  | { readonly type: 'setOptions'; readonly change: PanelOptionsChange }
  | {
      readonly type: 'pin';
      readonly modules: readonly string[];
      readonly verdict: Verdict | null;
      readonly revision: number;
    }
  | { readonly type: 'export'; readonly format: ExportFormat }
  /** Opens the page of terms at one of them. */
  | { readonly type: 'explain'; readonly term: TermId }
  /** Shows a module in the layer listing. */
  | { readonly type: 'revealModule'; readonly module: string }
  /** Checks what loaders do with the adapter (`checkLoad`), or opens the whole report. */
  | { readonly type: 'checkLoad' | 'checkReport' }
  | {
      readonly type:
        | 'analyze'
        | 'cancel'
        | 'write'
        | 'repair'
        | 'chooseModels'
        | 'undo'
        | 'redo'
        | 'unpinAll'
        | 'resetToRule'
        | 'openSettings'
        | 'manageTrust'
        | 'showLog';
    };

export type PanelOptionsChange = Partial<Pick<AnalysisOptions, 'population' | 'scale'>>;

/** What the page keeps with `setState`, and gets back after a reload of the window. */
export interface PanelPersisted {
  readonly adapter: string;
}
