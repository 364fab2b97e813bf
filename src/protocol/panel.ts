import type { AdapterFamily } from '../core/adapter/types';
import type { PopulationUsed, ScoreName } from '../core/ediem/types';
import type { ErrorText } from '../core/errors';
import type { AnalysisOptions, ModuleResult } from '../core/report/analysis';
import type { Rule, SelectionOptions, Verdict } from '../core/selection/types';
import type { ProgressEvent } from './engineApi';
import type { PanelLoadCheck } from './panelLoadCheck';

/**
 * Everything that passes between the extension host and the panel's page.
 * The host sends data and never markup; the page sends wishes and never state. Constants here end up in the page's
 * bundle: what checks the page's messages is in host/panel/messages.ts.
 */

/** `measured` stands for a module of a running analysis, whose population is not known yet. */
export type PanelModuleStatus = ModuleResult['status'] | 'measured';

/** Modules by column: all columns are of one length. By column, 10,000 modules are half the bytes they are by row. */
export interface ModuleTable {
  readonly names: readonly string[];
  /** Whole weights in the place of the model's: they stand in no ranking, map or distribution. */
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
  readonly scores: Readonly<Record<ScoreName, readonly (number | null)[]>>;
}

/** What the panel shows of an `AnalysisDocument`. */
export interface PanelDocument {
  readonly base: string;
  readonly aligned: string;
  readonly family: AdapterFamily;
  readonly options: AnalysisOptions;
  readonly modules: ModuleTable;
  /** Tensors that no score covers: how many, and what the first of them are. */
  readonly carried: { readonly count: number; readonly first: readonly string[] };
  readonly notes: readonly string[];
  readonly about: string;
}

/** What becomes of a module and why, as one small number, because 10,000 of them follow each move of the cut. */
export const VERDICT = { unscored: 0, keep: 1, prune: 2, pinnedKeep: 3, pinnedPrune: 4 } as const;
export type VerdictCode = (typeof VERDICT)[keyof typeof VERDICT];

/** `verdicts` and `positions` have one entry for each module of the document, in its order. */
export interface PanelSelection {
  readonly rule: Rule;
  readonly rankBy: ScoreName;
  /** With the natural order of the score filled in. */
  readonly order: NonNullable<SelectionOptions['order']>;
  readonly verdicts: readonly VerdictCode[];
  /** 1 = goes first; null for unscored modules. */
  readonly positions: readonly (number | null)[];
}

export type PanelRun =
  | { readonly kind: 'idle' }
  | { readonly kind: 'running'; readonly progress: ProgressEvent | null }
  | { readonly kind: 'failed'; readonly error: ErrorText };

/**
 * Comes with every change of the selection, and answers every `setSelection`, also one that changed nothing or was
 * refused; several of one moment get one answer. `heard` is the `turn` of the last that the host had heard of, 0 before
 * any: only by it does the page know whether this is from before or after what a person has just done.
 */
interface SelectionNews {
  readonly selection: PanelSelection;
  readonly heard: number;
}

export type HostToPanel =
  /** First, once for each `ready`. */
  | {
      readonly type: 'init';
      /** Key of the adapter: absolute path of its weights file. */
      readonly adapter: string;
      /** What a person calls it: the folder's name, and the path as the workspace sees it. */
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
  /** Rows that the running analysis measured; `from` is the number of rows that were sent before, 0 starts anew. */
  | { readonly type: 'measured'; readonly from: number; readonly rows: ModuleTable }
  /** Whether loaders would take the adapter; comes only after the page has asked with `checkLoad`. */
  | { readonly type: 'loadCheck'; readonly check: PanelLoadCheck }
  /** Brings a module into view, and chooses it. */
  | { readonly type: 'reveal'; readonly module: string };

export const EXPORT_FORMATS = ['json', 'csv', 'markdown', 'svg', 'sarif'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** What the page may ask for. */
export type PanelToHost =
  /** The page listens: send `init` and everything after it. */
  | { readonly type: 'ready' }
  /** The page counts these from 1 in `turn`. */
  | { readonly type: 'setSelection'; readonly change: PanelSelectionChange; readonly turn: number }
  /** Scores anew from what was measured; reads no weights. */
  | { readonly type: 'setOptions'; readonly change: PanelOptionsChange }
  | { readonly type: 'pin'; readonly modules: readonly string[]; readonly verdict: Verdict | null }
  | { readonly type: 'export'; readonly format: ExportFormat }
  /** Shows a module in the layer listing. */
  | { readonly type: 'revealModule'; readonly module: string }
  /** Asks the engine whether loaders would take the adapter (`checkLoad`), or shows all of it as a page of its own. */
  | { readonly type: 'checkLoad' | 'checkReport' }
  | {
      readonly type:
        'analyze' | 'cancel' | 'write' | 'chooseModels' | 'openSettings' | 'manageTrust' | 'showLog';
    };

export type PanelSelectionChange = Partial<Omit<SelectionOptions, 'pins'>>;
export type PanelOptionsChange = Partial<Pick<AnalysisOptions, 'population' | 'scale'>>;

/** What the page keeps with `setState`, and gets back after a reload of the window. */
export interface PanelPersisted {
  readonly adapter: string;
}
