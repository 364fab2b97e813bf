import type { ExportFormat, PanelOptionsChange } from '../../protocol/panel';

/** What the panel asks the rest of the extension to do. A promise that rejects is reported; its value is not used. */
export interface PanelActions {
  analyze(adapter: string): unknown;
  cancel(adapter: string): unknown;
  /** Writes the pruned adapter that the adapter's present selection asks for. */
  write(adapter: string): unknown;
  export(adapter: string, format: ExportFormat): unknown;
  chooseModels(adapter: string): unknown;
  /** Scores anew from the document's measures; no weights are read. */
  setOptions(adapter: string, change: PanelOptionsChange): unknown;
  /** Shows a module in the layer listing. */
  revealModule(adapter: string, module: string): unknown;
  openSettings(): unknown;
  showLog(): unknown;
}
