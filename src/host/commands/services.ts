import type * as vscode from 'vscode';
import type { AnalysisRunner } from '../engine/analysisRunner';
import type { Engine } from '../../engine/client';
import type { ModelChooser } from '../models/modelChooser';
import type { ReportDocuments } from '../reports/reportDocuments';
import type { Settings } from '../settings';
import type { AdapterStore } from '../state/analysisStore';
import type { AdapterLibrary } from '../state/library';
import type { Readings } from '../state/readings';

/** What other surfaces do for commands. */
export interface Surfaces {
  /** The adapter whose panel is in front, if one is. */
  panelInFront(): string | undefined;
  /** Opens the panel of an adapter, on a module if given. */
  showPanel(adapter: string, module?: string): void;
  /** Opens the layer listing of an adapter, on a module if given. */
  showListing(adapter: string, module?: string): Promise<unknown>;
}

/** Everything that commands work with. */
export interface Services {
  readonly context: vscode.ExtensionContext;
  readonly log: vscode.LogOutputChannel;
  readonly settings: Settings;
  readonly store: AdapterStore;
  readonly library: AdapterLibrary;
  readonly readings: Readings;
  readonly engine: Engine;
  readonly runner: AnalysisRunner;
  readonly chooser: ModelChooser;
  readonly reports: ReportDocuments;
  readonly surfaces: Surfaces;
}
