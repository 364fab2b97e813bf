import * as path from 'node:path';
import * as vscode from 'vscode';
import { flaggedCount } from '../../core/selection/select';
import { adapterLabel, formatCount } from '../format';
import { ADAPTER_CONFIG, isAdapterWeights, SCHEMES } from '../ids';
import { findAdapterWeights } from '../../io/adapterFiles';
import type { AdapterState } from '../state/types';
import { pickRow, showMessage, type Row } from '../windowText';
import type { Services } from './services';
import { hasLostTarget, pointedPaths, type CommandArguments } from './targets';
import { tryEach, type Outcome } from './tryEach';

export interface PickOptions {
  readonly title: string;
  /** Which adapters can be meant; all of them unless given. */
  readonly filter?: (state: AdapterState) => boolean;
  /** Adapters that are not in the workspace cannot be meant. */
  readonly knownOnly?: boolean;
  /** Ask even where there is only one. */
  readonly always?: boolean;
}

/**
 * The adapter that a command is about: what it was called with, else the one in the active editor or panel, else the only one,
 * else what a person picks. It is in the store afterwards. Undefined when the person turned away.
 * @throws SploraError `not-found` when what was pointed at is no adapter
 */
export async function pickAdapter(
  services: Services,
  args: CommandArguments,
  options: PickOptions,
): Promise<string | undefined> {
  const [pointed] = pointedPaths(args);
  // Whose row it was that a button has lost is not told by an editor.
  const asks = options.always === true || hasLostTarget(args);
  const place = pointed ?? (asks ? undefined : (activeAdapterFile() ?? services.surfaces.panelInFront()));
  const adapter = place === undefined ? await ask(services, options) : await findAdapterWeights(place);
  if (adapter !== undefined) await services.library.open(adapter);
  return adapter;
}

/**
 * Several adapters: what was selected in the Explorer or the tree, without what is no adapter, else as `pickAdapter`.
 * @throws SploraError `not-found` when the one place that was pointed at is no adapter
 */
export async function pickAdapters(
  services: Services,
  args: CommandArguments,
  options: PickOptions,
): Promise<Outcome<string>> {
  const pointed = pointedPaths(args);
  if (pointed.length > 1) {
    const { results, failures } = await tryEach(pointed, async (place) => {
      const adapter = await findAdapterWeights(place);
      await services.library.open(adapter);
      return adapter;
    });
    return { results: [...new Set(results)], failures };
  }
  const adapter = await pickAdapter(services, args, options);
  return { results: adapter === undefined ? [] : [adapter], failures: [] };
}

/** The file of the active tab, when it belongs to an adapter, or the adapter that it lists. */
function activeAdapterFile(): string | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  if (!(input instanceof vscode.TabInputCustom || input instanceof vscode.TabInputText)) return undefined;
  const [place] = pointedPaths([input.uri]);
  if (input.uri.scheme === SCHEMES.layers) return place;
  if (input.uri.scheme !== 'file') return undefined;
  const name = path.basename(input.uri.fsPath);
  return isAdapterWeights(name) || name === ADAPTER_CONFIG ? place : undefined;
}

async function ask(services: Services, options: PickOptions): Promise<string | undefined> {
  await services.library.scan();
  const states = services.store.adapters.filter(options.filter ?? (() => true));
  const [only] = states;
  if (states.length === 1 && options.always !== true && only !== undefined) return only.adapter;
  const active = services.store.active?.adapter;
  const ordered = [...states].sort((x, y) => Number(y.adapter === active) - Number(x.adapter === active));
  const items = [
    ...ordered.map((state) => ({ ...item(state), adapter: state.adapter })),
    ...(options.knownOnly === true
      ? []
      : [{ icon: 'folder-opened', label: vscode.l10n.t('Browse…'), adapter: undefined }]),
  ];
  if (items.length === 0) {
    void showMessage('Information', vscode.l10n.t('No adapter has been analyzed yet.'));
    return undefined;
  }
  const picked = await pickRow(items, {
    title: `SPLoRA: ${options.title}`,
    placeHolder: vscode.l10n.t('Which adapter?'),
    matchOnDetail: true,
  });
  return picked === undefined ? undefined : (picked.adapter ?? browse());
}

function item(state: AdapterState): Row {
  const flagged = flaggedCount(state.verdicts);
  const description =
    state.document === null
      ? vscode.l10n.t('not analyzed')
      : vscode.l10n.t('{0} of {1} modules flagged', formatCount(flagged), formatCount(state.verdicts.length));
  const stale = state.stale === null ? '' : ` · ${vscode.l10n.t('stale')}`;
  return { label: adapterLabel(state.adapter), description: description + stale, detail: state.adapter };
}

async function browse(): Promise<string | undefined> {
  const picked = await vscode.window.showOpenDialog({
    title: vscode.l10n.t('Choose an Adapter'),
    canSelectFiles: false,
    canSelectFolders: true,
    openLabel: vscode.l10n.t('Choose Adapter Folder'),
  });
  const folder = picked?.[0];
  return folder === undefined ? undefined : findAdapterWeights(folder.fsPath);
}
