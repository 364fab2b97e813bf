import type { CheckResult } from '../../protocol/engineApi';
import type { ExportFormat, PanelOptionsChange } from '../../protocol/panel';

/** What the panel asks the rest of the extension to do. A promise that rejects is reported; its value is not used. */
export interface PanelActions {
  analyze(adapter: string): unknown;
  cancel(adapter: string): unknown;
  /** Writes the pruned adapter of the current selection. */
  write(adapter: string): unknown;
  /** Asks by which method. */
  repair(adapter: string): unknown;
  export(adapter: string, format: ExportFormat): unknown;
  /** Resolves to the models chosen; undefined: the user canceled. */
  chooseModels(adapter: string): unknown;
  /** Asks the engine what loaders would do with the files of the adapter. */
  checkLoad(adapter: string, signal: AbortSignal): Promise<CheckResult>;
  /** Opens the load check as a report, with every name. */
  checkReport(adapter: string): unknown;
  /** Scores again from the document's measures; reads no weights. */
  setOptions(adapter: string, change: PanelOptionsChange): unknown;
  /** Shows a module in the layer listing. */
  revealModule(adapter: string, module: string): unknown;
  openSettings(): unknown;
  /** Shows where the user can trust the workspace. */
  manageTrust(): unknown;
  showLog(): unknown;
}
