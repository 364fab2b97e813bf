import * as vscode from 'vscode';
import { refuseUntrusted } from '../commands/trust';
import type { Services } from '../services';
import { SETTING_SECTION } from '../ids';
import type { BehaviorFormat } from '../../protocol/behavior';
import type { ExportFormat, PanelOptionsChange } from '../../protocol/panel';
import type { TermId } from '../../core/report/terms';
import type { RepairFormat } from '../../protocol/panelRepair';
import type { CheckResult } from '../../protocol/engineApi';
import { runCommand } from '../runCommand';

export type PanelActions = ReturnType<typeof panelActions>;

/** What the panel asks the rest of the extension to do. A promise that rejects is reported; its value is not used. */
export function panelActions(services: Services) {
  return {
    // The button is beside scores, so it means reading the weights again.
    analyze: (adapter: string): unknown => runCommand('analyze', adapter, { force: true }),
    cancel: (adapter: string): unknown => services.jobs.cancel(adapter),
    write: (adapter: string): unknown => runCommand('writePruned', adapter),
    repair: (adapter: string): unknown => runCommand('repair', adapter),
    export: (adapter: string, format: ExportFormat): unknown =>
      runCommand('exportReport', adapter, { format }),
    measure: (adapter: string): unknown => runCommand('measure', adapter),
    cancelMeasure: (adapter: string): unknown => services.measurements.cancel(adapter),
    cancelRepair: (adapter: string): unknown => services.repairs.cancel(adapter),
    measureRepaired: (adapter: string): unknown => runCommand('measure', adapter),
    /** Shows the folder of the adapter that was written. */
    revealRepaired: async (adapter: string): Promise<void> => {
      const out = services.store.get(adapter)?.results.repair?.document.written?.out;
      if (out !== undefined) await (await import('../commands/repair')).reveal(vscode.Uri.file(out));
    },
    exportBehavior: (adapter: string, format: BehaviorFormat): unknown =>
      runCommand('exportReport', adapter, { result: 'evaluation', format }),
    exportRepair: (adapter: string, format: RepairFormat): unknown =>
      runCommand('exportReport', adapter, { result: 'repair', format }),
    chooseModels: (adapter: string): unknown => runCommand('chooseModels', adapter),
    /** Asks the engine what loaders would do with the files of the adapter. */
    checkLoad: async (adapter: string, signal: AbortSignal): Promise<CheckResult> => {
      refuseUntrusted();
      return (await import('../commands/checkLoad')).askLoadCheck(services, adapter, undefined, signal);
    },
    /** Opens the load check as a report, with every name. */
    checkReport: (adapter: string): unknown => runCommand('checkLoad', adapter),
    /** Scores again from the document's measures; reads no weights. */
    setOptions: (adapter: string, change: PanelOptionsChange): unknown => {
      services.readings.choose(adapter, change);
      return services.store.readingsChanged();
    },
    revealModule: (adapter: string, module: string): unknown =>
      services.surfaces.showListing(adapter, module),
    explain: (term: TermId): unknown => runCommand('explainTerm', undefined, { term }),
    openSettings: (): unknown =>
      vscode.commands.executeCommand('workbench.action.openSettings', `${SETTING_SECTION}.`),
    manageTrust: (): unknown => vscode.commands.executeCommand('workbench.trust.manage'),
    showLog: (): unknown => services.log.show(),
  };
}
