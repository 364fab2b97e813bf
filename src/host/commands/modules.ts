import * as vscode from 'vscode';
import type { Verdict } from '../../core/selection/types';
import { someModules, type CommandRegistry } from './registry';
import type { Services } from './services';

export function registerModules(registry: CommandRegistry, { store, surfaces }: Services): void {
  const pins: readonly ['pinKeep' | 'pinPrune' | 'unpin', Verdict | null, string][] = [
    ['pinKeep', 'keep', vscode.l10n.t('Pin Modules as Keep')],
    ['pinPrune', 'prune', vscode.l10n.t('Pin Modules as Prune')],
    ['unpin', null, vscode.l10n.t('Unpin Modules')],
  ];
  for (const [name, verdict, title] of pins)
    registry.add(name, someModules({ title, pinnedOnly: verdict === null }), (target) => {
      store.pin(target.adapter, target.modules, verdict);
      return target;
    });
  registry.add(
    'revealModule',
    someModules({ title: vscode.l10n.t('Show Module in Panel'), one: true }),
    (target) => {
      store.setActive(target.adapter);
      surfaces.showPanel(target.adapter, target.modules[0]);
      return target;
    },
  );
}
