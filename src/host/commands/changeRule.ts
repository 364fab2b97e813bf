import * as vscode from 'vscode';
import type { SelectionOptions } from '../../core/selection/types';
import type { OptionsOf } from '../commandTable';
import { showInformation } from '../errors/showError';
import { askRule } from '../questions/askRule';
import type { AdapterState } from '../state/types';
import { oneAdapter, type CommandRegistry, type Invocation } from './registry';
import type { Services } from './services';

export function registerChangeRule(registry: CommandRegistry, services: Services): void {
  const pick = {
    title: vscode.l10n.t('Change Selection Rule'),
    filter: (state: AdapterState): boolean => state.document !== null,
    knownOnly: true,
  };
  registry.add('changeRule', oneAdapter(pick), (adapter, call) => changeRule(services, adapter, call));
}

/** Asks unless options were given, be it none. @returns the selection as it is afterwards */
async function changeRule(
  services: Services,
  adapter: string,
  { given, options }: Invocation<OptionsOf<'changeRule'>>,
): Promise<SelectionOptions | undefined> {
  const state = services.store.get(adapter);
  if (state === undefined) return undefined;
  if (given === undefined && state.document === null) {
    showInformation(services.log, vscode.l10n.t('There are no scores of this adapter: analyze it first.'));
    return undefined;
  }
  const change = given === undefined ? await askRule(state) : options;
  if (change !== undefined) services.store.setSelection(state.adapter, change);
  return services.store.get(state.adapter)?.selection;
}
