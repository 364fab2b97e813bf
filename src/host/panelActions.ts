import * as vscode from 'vscode';
import { refuseUntrusted } from './commands';
import type { Services } from './services';
import { SETTING_SECTION } from './ids';
import type { PanelActions } from './panel/actions';
import { runCommand } from './runCommand';

export function panelActions(services: Services): PanelActions {
  return {
    // The button is beside scores, so it means reading the weights again.
    analyze: (adapter) => runCommand('analyze', adapter, { force: true }),
    cancel: (adapter) => services.jobs.cancel(adapter),
    write: (adapter) => runCommand('writePruned', adapter),
    repair: (adapter) => runCommand('repair', adapter),
    export: (adapter, format) => runCommand('exportReport', adapter, { format }),
    chooseModels: (adapter) => runCommand('chooseModels', adapter),
    checkLoad: async (adapter, signal) => {
      refuseUntrusted();
      return (await import('./commands/checkLoad')).askLoadCheck(services, adapter, undefined, signal);
    },
    checkReport: (adapter) => runCommand('checkLoad', adapter),
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
