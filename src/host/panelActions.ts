import * as vscode from 'vscode';
import { askLoadCheck } from './commands/checkLoad';
import { ANALYZE_AGAIN } from './commands/caller';
import { refuseUntrusted } from './commands/register';
import type { Services } from './commands/services';
import { COMMANDS, SETTING_SECTION } from './ids';
import type { PanelActions } from './panel/actions';

/** What the panel's buttons do: the same as the commands, as a person would call them. */
export function panelActions(services: Services): PanelActions {
  // The empty list says that a person asked, so that the command may ask back (see `isScripted`).
  const ask = (command: string, adapter: string): unknown =>
    vscode.commands.executeCommand(command, vscode.Uri.file(adapter), []);
  return {
    // The button stands beside scores that are there: who presses it wants the weights read again.
    analyze: (adapter) => vscode.commands.executeCommand(COMMANDS.analyze, adapter, ANALYZE_AGAIN),
    cancel: (adapter) => services.runner.cancel(adapter),
    write: (adapter) => ask(COMMANDS.writePruned, adapter),
    export: (adapter, format) =>
      vscode.commands.executeCommand(COMMANDS.exportReport, adapter, { format, stale: 'ask' }),
    chooseModels: (adapter) => ask(COMMANDS.chooseModels, adapter),
    checkLoad: async (adapter, signal) => {
      refuseUntrusted();
      return askLoadCheck(services, adapter, { signal });
    },
    checkReport: (adapter) => ask(COMMANDS.checkLoad, adapter),
    setOptions: (adapter, change) => {
      services.readings.choose(adapter, change);
      services.store.readingsChanged();
    },
    revealModule: (adapter, module) => services.surfaces.showListing(adapter, module),
    openSettings: () =>
      vscode.commands.executeCommand('workbench.action.openSettings', `${SETTING_SECTION}.`),
    manageTrust: () => vscode.commands.executeCommand('workbench.trust.manage'),
    showLog: () => services.log.show(),
  };
}
