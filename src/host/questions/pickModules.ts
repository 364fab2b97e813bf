import * as vscode from 'vscode';
import { SploraError } from '../../core/errors';
import { say } from '../../core/message';
import { formatScoreOf } from '../../core/report/scores';
import { findAdapterWeights } from '../../io/adapterFiles';
import { notify } from '../errors/showError';
import { adapterLabel } from '../format';
import { scoreLabel } from '../hover/wording';
import type { ModuleTarget } from '../ids';
import type { AdapterState } from '../state/types';
import { rankOrder } from '../tree/treeModel';
import { pickRow, pickRows, type Row } from '../windowText';
import { modulesOf, type Call } from '../commands/call';
import { pickAdapter } from './pickAdapter';
import type { Services } from '../services';

export interface ModulePickOptions {
  readonly title: string;
  readonly pinnedOnly?: boolean;
  readonly one?: boolean;
}

/**
 * The modules that a command is about: those it was called with, else what the user picks. Undefined: the user canceled.
 * @throws SploraError `not-found` without such an adapter, `bad-request` for modules that its result does not have
 */
export async function pickModules(
  services: Services,
  call: Call,
  { title, pinnedOnly = false, one = false }: ModulePickOptions,
): Promise<ModuleTarget | undefined> {
  const pointed = modulesOf(call.pointed);
  if (pointed !== undefined) return known(services, pointed);
  const analyzed = (state: AdapterState): boolean => state.document !== null;
  const adapter = await pickAdapter(services, call, { title, filter: analyzed, knownOnly: true });
  const state = adapter === undefined ? undefined : services.store.get(adapter);
  if (state === undefined) return undefined;
  if (state.document === null) {
    notify('Information', services.log, vscode.l10n.t('This adapter has no scores yet. Analyze it first.'));
    return undefined;
  }
  const items = moduleItems(state, pinnedOnly);
  if (items.length === 0) {
    notify(
      'Information',
      services.log,
      vscode.l10n.t('No module of {0} is pinned.', adapterLabel(state.adapter)),
    );
    return undefined;
  }
  const options = {
    title: `SPLoRA: ${title}`,
    placeHolder: vscode.l10n.t('Which modules? Ranked by {0}', scoreLabel(state.selection.rankBy)),
    matchOnDescription: true,
  };
  const picked = one ? [await pickRow(items, options)] : await pickRows(items, options);
  const modules = (picked ?? []).flatMap((item) => (item === undefined ? [] : [item.label]));
  return modules.length === 0 ? undefined : { adapter: state.adapter, modules };
}

async function known(services: Services, { adapter: place, modules }: ModuleTarget): Promise<ModuleTarget> {
  // Rows and links give the key of the store, and the file may be gone.
  const adapter = services.store.get(place) === undefined ? await findAdapterWeights(place) : place;
  await services.library.open(adapter);
  const names = new Set((services.store.get(adapter)?.verdicts ?? []).map(({ module }) => module));
  const unknown = modules.filter((module) => !names.has(module));
  if (unknown.length === 0) return { adapter, modules };
  throw new SploraError({
    code: 'bad-request',
    message: say('The scores for {0} have no module {1}.', adapterLabel(adapter), unknown.join(', ')),
    advice: say('Analyze the adapter, then use the module names shown in the panel.'),
    file: adapter,
  });
}

/** Modules in the order of the ranking, unscored ones last. */
function moduleItems(state: AdapterState, pinnedOnly: boolean): readonly Row[] {
  const { keep, prune } = state.selection.pins;
  const pinned = new Set([...keep, ...prune]);
  const results = new Map((state.document?.modules ?? []).map((result) => [result.module, result]));
  return state.verdicts
    .filter(({ module }) => !pinnedOnly || pinned.has(module))
    .sort((x, y) => rankOrder(x) - rankOrder(y))
    .map(({ module, verdict }) => {
      const result = results.get(module);
      const score = result === undefined ? '–' : formatScoreOf(result, state.selection.rankBy);
      const text =
        verdict === 'prune' ? vscode.l10n.t('{0}, selected', score) : vscode.l10n.t('{0}, kept', score);
      return { label: module, description: text };
    });
}
