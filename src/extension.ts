import type * as vscode from 'vscode';
import { LanguageModelTools } from './host/agentTools/registerTools';
import { registerCommands } from './host/commands';
import { greetInSample } from './host/commands/openSample';
import { TestExplorerStart } from './host/behavior/testExplorerStart';
import { ComparisonPanels } from './host/comparison/comparisonPanels';
import { showError } from './host/errors/showError';
import { EvidenceBadges } from './host/decoration/evidenceBadges';
import { ModuleDiagnostics } from './host/diagnostics/moduleDiagnostics';
import { InspectorEditors } from './host/editor/inspectorEditors';
import { ModuleHover } from './host/hover/moduleHover';
import { LayerListings } from './host/listing/layerListings';
import { PanelManager } from './host/panel/panelManager';
import { panelActions } from './host/panel/actions';
import { createServices } from './host/services';
import { ContextKeys } from './host/status/contextKeys';
import { StatusBar } from './host/status/statusBar';
import { AdapterTree } from './host/tree/adapterTree';

let finish: (() => Promise<void>) | undefined;
/** Results that are being kept: VS Code waits some seconds for the promise when a window is closed or reloaded. */
export const deactivate = (): Promise<void> | undefined => finish?.();

/** Only builds and registers: reads no file and starts no process. */
export function activate(context: vscode.ExtensionContext): void {
  const begin = performance.now();
  const own = <T extends vscode.Disposable>(item: T): T => {
    context.subscriptions.push(item);
    return item;
  };
  const services = createServices(context, {
    panelInFront: () => panels.inFront,
    showPanel: (adapter, module) => panels.show(adapter, module),
    showComparison: (source) => comparisons.show(source),
    showListing: (adapter, module) => listings.show(adapter, module),
  });
  const { store, library, measurements, repairs, settings, engine, log } = services;
  const { extensionUri } = context;
  const onError = (thrown: unknown): void => showError(log, thrown);
  const listings = own(new LayerListings(store));
  const panels = own(
    new PanelManager({
      extensionUri,
      store,
      measurements,
      repairs,
      actions: panelActions(services),
      scale: (adapter) => services.readings.optionsOf(adapter).scale,
      onError,
    }),
  );
  const comparisons = own(new ComparisonPanels(services, onError));
  own(new ContextKeys(store, library, [measurements, repairs]));
  own(new StatusBar(store));
  own(new AdapterTree(store, { measuring: measurements, repairing: repairs }));
  own(new ModuleHover(store, settings, listings));
  own(new ModuleDiagnostics(store, settings, listings, log));
  own(new TestExplorerStart(services));
  own(new EvidenceBadges(store, settings));
  const inspect = (path: string) => engine.call('inspect', { path });
  own(new InspectorEditors({ extensionUri, inspect, log, onError }));
  own(registerCommands(services));
  own(new LanguageModelTools(services));
  own(library.scanSoon());
  greetInSample(context.globalState, log);
  finish = () => library.flush();
  own(log);
  log.info(`Activated in ${(performance.now() - begin).toFixed(1)} ms`);
}
