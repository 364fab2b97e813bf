import * as vscode from 'vscode';
import type { Services } from './commands/services';
import { COMMANDS, SETTING_SECTION } from './ids';
import type { PanelActions } from './panel/actions';
import { rescore } from '../core/ediem/rescore';

/** What the panel's buttons do: the same as the commands, as a person would call them. */
export function panelActions(services: Services): PanelActions {
  // The empty list says that a person asked, so that the command may ask back (see `isScripted`).
  const ask = (command: string, adapter: string): unknown =>
    vscode.commands.executeCommand(command, vscode.Uri.file(adapter), []);
  return {
    // The button stands beside scores that are there: who presses it wants the weights read again.
    analyze: (adapter) => vscode.commands.executeCommand(COMMANDS.analyze, adapter, { force: true }),
    cancel: (adapter) => services.runner.cancel(adapter),
    write: (adapter) => ask(COMMANDS.writePruned, adapter),
    export: (adapter, format) => vscode.commands.executeCommand(COMMANDS.exportReport, adapter, { format }),
    chooseModels: (adapter) => ask(COMMANDS.chooseModels, adapter),
    setOptions: (adapter, change) => {
      const document = services.store.get(adapter)?.document;
      if (document === null || document === undefined) return undefined;
      const { population, scale } = document.options;
      return services.library.replace(rescore(document, { population, scale, ...change }));
    },
    revealModule: (adapter, module) => services.surfaces.showListing(adapter, module),
    openSettings: () =>
      vscode.commands.executeCommand('workbench.action.openSettings', `${SETTING_SECTION}.`),
    showLog: () => services.log.show(),
  };
}
