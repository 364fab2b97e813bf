import * as vscode from 'vscode';
import type { Verdict } from '../../core/selection/types';
import type { Disposable } from '../disposable';
import type { ModuleTarget } from '../ids';
import type { Services } from '../services';
import type { AdapterState } from '../state/types';
import { clearResults } from './clearResults';
import { openInspector } from './openInspector';
import { openSample } from './openSample';
import { CommandRegistry, NO_TARGET, oneAdapter, severalAdapters, someModules } from './registry';

/** Registers every command of `COMMANDS` but the toggles of the tree. Handlers that need much code are loaded on first use. */
export function registerCommands(services: Services): Disposable {
  const { t } = vscode.l10n;
  const filter = ({ document }: AdapterState): boolean => document !== null;
  const registry = new CommandRegistry(services);
  registry.add('analyze', severalAdapters({ title: t('Analyze Adapter') }), async (...call) =>
    (await import('./analyze')).analyzeCommand(...call),
  );
  registry.add('analyzeAll', NO_TARGET, async (...call) =>
    (await import('./analyzeAll')).analyzeAll(...call),
  );
  registry.add('cancel', NO_TARGET, async (...call) => (await import('./analyze')).cancelCommand(...call));
  registry.add('chooseModels', oneAdapter({ title: t('Choose Base and Aligned Models') }), async (...call) =>
    (await import('./analyze')).chooseModels(...call),
  );
  registry.add('writePruned', oneAdapter({ title: t('Write Pruned Adapter') }), async (...call) =>
    (await import('./repair')).writePruned(...call),
  );
  registry.add('repair', oneAdapter({ title: t('Repair Adapter') }), async (...call) =>
    (await import('./repair')).repair(...call),
  );
  registry.add('compare', NO_TARGET, async (...call) => (await import('./compare')).compare(...call));
  registry.add('checkLoad', oneAdapter({ title: t('Will It Load?') }), async (...call) =>
    (await import('./checkLoad')).checkLoad(...call),
  );
  registry.add('exportReport', oneAdapter({ title: t('Export Report'), filter }), async (...call) =>
    (await import('./exportReport')).exportReport(...call),
  );
  const rule = { title: t('Change Selection Rule'), filter, knownOnly: true };
  registry.add('changeRule', oneAdapter(rule), async (...call) =>
    (await import('./changeRule')).changeRule(...call),
  );
  registry.add('showScores', oneAdapter({ title: t('Show Layer Scores') }), showScores);
  registry.add('openLayerListing', oneAdapter({ title: t('Open Layer Listing') }), async (_, adapter) => {
    await services.surfaces.showListing(adapter);
    return adapter;
  });
  registry.add('openInspector', NO_TARGET, openInspector);
  registry.add('openSample', NO_TARGET, openSample);
  registry.add('clearResults', NO_TARGET, clearResults);
  registry.add('refreshAdapters', NO_TARGET, refreshAdapters);
  registry.add('showLog', NO_TARGET, ({ log }) => log.show());
  registry.add('pinKeep', someModules({ title: t('Pin Modules as Keep') }), pinTo('keep'));
  registry.add('pinPrune', someModules({ title: t('Pin Modules as Prune') }), pinTo('prune'));
  registry.add('unpin', someModules({ title: t('Unpin Modules'), pinnedOnly: true }), pinTo(null));
  registry.add('revealModule', someModules({ title: t('Show Module in Panel'), one: true }), revealModule);
  return registry;
}

/** Not the result: that of 10,000 modules takes longer to hand over than to show. */
function showScores({ store, surfaces }: Services, adapter: string): string {
  store.setActive(adapter);
  surfaces.showPanel(adapter);
  return adapter;
}

function revealModule({ store, surfaces }: Services, target: ModuleTarget): ModuleTarget {
  store.setActive(target.adapter);
  surfaces.showPanel(target.adapter, target.modules[0]);
  return target;
}

async function refreshAdapters({ library, store }: Services): Promise<readonly string[]> {
  await library.refresh();
  return store.adapters.map(({ adapter }) => adapter);
}

function pinTo(verdict: Verdict | null) {
  return ({ store }: Services, target: ModuleTarget): ModuleTarget => {
    store.pin(target.adapter, target.modules, verdict);
    return target;
  };
}
