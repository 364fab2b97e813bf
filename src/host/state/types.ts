import type * as vscode from 'vscode';
import type { ModuleMeasure } from '../../core/ediem/types';
import type { AnalysisDocument } from '../../core/report/analysis';
import type { SelectionEdit } from '../../core/selection/select';
import type { ModuleVerdict, SelectionOptions, Verdict } from '../../core/selection/types';
import type { ErrorData } from '../../core/errors';
import type { ProgressEvent } from '../../protocol/engineApi';

/** What the window knows of one adapter. The key everywhere is the absolute path of its weights file. */
export interface AdapterState {
  readonly adapter: string;
  /** Null until a first analysis ended well (or its result was restored). */
  readonly document: AnalysisDocument | null;
  readonly selection: SelectionOptions;
  /** One for each module of `document`, in its order; empty without a document. */
  readonly verdicts: readonly ModuleVerdict[];
  /** Why the result no longer describes the files, e.g. "adapter_model.safetensors changed"; null while it does. */
  readonly stale: string | null;
  readonly run: RunState;
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

/**
 * The one place that knows results, rules and pins. Commands write to it; tree, panel, hover, diagnostics,
 * decorations and status bar render it and listen.
 */
export interface AnalysisStore extends vscode.Disposable {
  /** Adapters found in the workspace or opened by hand, in path order. */
  readonly adapters: readonly AdapterState[];
  /** The adapter that panel and status bar follow. */
  readonly active: AdapterState | null;
  /** Fires with the adapter's key, at most once a tick for each; undefined: the list of adapters changed. */
  readonly onDidChange: vscode.Event<string | undefined>;
  get(adapter: string): AdapterState | undefined;
  setActive(adapter: string): void;
  /** Changes rule or ranking as `changeSelection` does. Verdicts are computed at once; no weights are read. */
  setSelection(adapter: string, change: SelectionEdit): void;
  /** Pins modules, or with null takes their pins back. */
  pin(adapter: string, modules: readonly string[], verdict: Verdict | null): void;
}
