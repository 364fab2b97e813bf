import * as vscode from 'vscode';
import { formatScoreOf } from '../../core/report/scores';
import type { Verdict } from '../../core/selection/types';
import { adapterLabel } from '../format';
import { SploraError } from '../../core/errors';
import { scoreLabel } from '../hover/wording';
import { COMMANDS, type ModuleTarget } from '../ids';
import { findAdapterWeights } from '../../io/adapterFiles';
import type { AdapterState } from '../state/types';
import { pickRow, pickRows, type Row } from '../windowText';
import { showInformation } from './errors';
import { pickAdapter } from './pickAdapter';
import type { CommandRegistry } from './register';
import type { Services } from './services';
import { pointedModules, type CommandArguments } from './targets';
import { say } from '../../core/message';

/** Pin, unpin and reveal: on a tree item, from a quick fix, or asking for adapter and modules. */
export function registerModules(registry: CommandRegistry, services: Services): void {
  const pin = (verdict: Verdict | null, title: string) => async (args: CommandArguments) => {
    const target = await pickModules(services, args, title, verdict === null ? isPinned : () => true);
    if (target !== undefined) services.store.pin(target.adapter, target.modules, verdict);
    return target;
  };
  registry.add(COMMANDS.pinKeep, { needsTrust: false }, pin('keep', vscode.l10n.t('Pin Modules as Keep')));
  registry.add(COMMANDS.pinPrune, { needsTrust: false }, pin('prune', vscode.l10n.t('Pin Modules as Prune')));
  registry.add(COMMANDS.unpin, { needsTrust: false }, pin(null, vscode.l10n.t('Unpin Modules')));
  registry.add(COMMANDS.revealModule, { needsTrust: false }, async (args) => {
    const target = await pickModules(
      services,
      args,
      vscode.l10n.t('Show Module in Panel'),
      () => true,
      false,
    );
    if (target === undefined) return undefined;
    services.store.setActive(target.adapter);
    services.surfaces.showPanel(target.adapter, target.modules[0]);
    return target;
  });
}

type ModuleFilter = (state: AdapterState, module: string) => boolean;

function isPinned(state: AdapterState, module: string): boolean {
  const { keep, prune } = state.selection.pins;
  return keep.includes(module) || prune.includes(module);
}

async function pickModules(
  services: Services,
  args: CommandArguments,
  title: string,
  filter: ModuleFilter,
  many = true,
): Promise<ModuleTarget | undefined> {
  const pointed = pointedModules(args);
  if (pointed !== undefined) return known(services, pointed);
  const analyzed = (state: AdapterState): boolean => state.document !== null;
  const adapter = await pickAdapter(services, args, { title, filter: analyzed, knownOnly: true });
  const state = adapter === undefined ? undefined : services.store.get(adapter);
  if (state === undefined) return undefined;
  if (state.document === null) {
    showInformation(services.log, vscode.l10n.t('There are no scores of this adapter: analyze it first.'));
    return undefined;
  }
  const items = moduleItems(state, filter);
  if (items.length === 0) {
    showInformation(services.log, vscode.l10n.t('No module of {0} is pinned.', adapterLabel(state.adapter)));
    return undefined;
  }
  const options = {
    title: `SPLoRA: ${title}`,
    placeHolder: vscode.l10n.t('Which modules? Ranked by {0}', scoreLabel(state.selection.rankBy)),
    matchOnDescription: true,
  };
  const picked = many ? await pickRows(items, options) : [await pickRow(items, options)];
  const modules = (picked ?? []).flatMap((item) => (item === undefined ? [] : [item.label]));
  return modules.length === 0 ? undefined : { adapter: state.adapter, modules };
}

/**
 * A target as somebody named it, with the adapter's key.
 * @throws SploraError `not-found` where there is no such adapter, `bad-request` for modules that its result does not have
 */
async function known(services: Services, { adapter: place, modules }: ModuleTarget): Promise<ModuleTarget> {
  // Rows and links name it as the store does, wherever its files are now.
  const adapter = services.store.get(place) === undefined ? await findAdapterWeights(place) : place;
  await services.library.open(adapter);
  const names = new Set((services.store.get(adapter)?.verdicts ?? []).map(({ module }) => module));
  const unknown = modules.filter((module) => !names.has(module));
  if (unknown.length === 0) return { adapter, modules };
  throw new SploraError({
    code: 'bad-request',
    message: say('The scores of {0} have no module {1}.', adapterLabel(adapter), unknown.join(', ')),
    advice: say('Analyze the adapter, and take the names of its modules from the panel.'),
    file: adapter,
  });
}

/** Modules in the order of the ranking, unscored ones last. */
function moduleItems(state: AdapterState, filter: ModuleFilter): readonly Row[] {
  const results = new Map((state.document?.modules ?? []).map((result) => [result.module, result]));
  return state.verdicts
    .filter(({ module }) => filter(state, module))
    .sort((x, y) => (x.rankPosition ?? Infinity) - (y.rankPosition ?? Infinity) || 0)
    .map(({ module, verdict }) => {
      const result = results.get(module);
      const score = result === undefined ? '–' : formatScoreOf(result, state.selection.rankBy);
      const text =
        verdict === 'prune' ? vscode.l10n.t('{0}, goes', score) : vscode.l10n.t('{0}, stays', score);
      return { label: module, description: text };
    });
}
