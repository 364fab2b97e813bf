import * as path from 'node:path';
import * as vscode from 'vscode';
import { evidenceOf } from '../../core/evidence/evidence';
import { adapterLabel, standOutText } from '../format';
import { shownPath } from '../models/askModels';
import { ADAPTER_CONFIG, isAdapterWeights, SCHEMES } from '../ids';
import { findAdapterWeights } from '../../io/adapterFiles';
import { tryEach, type Outcome } from '../errors/tryEach';
import type { AdapterState } from '../state/types';
import { pickFolder, pickRow, showMessage, type Row } from '../windowText';
import type { Services } from '../services';
import { parseCall, pathsOf, type Call } from '../commands/call';

export interface PickOptions {
  readonly title: string;
  readonly filter?: (state: AdapterState) => boolean;
  /** Adapters that are not in the workspace cannot be picked. */
  readonly knownOnly?: boolean;
  readonly always?: boolean;
}

/**
 * The adapter that a command is about: what it was called with, else the one in the active editor or panel, else the only
 * one, else what the user picks. It is in the store afterwards. Undefined: the user canceled.
 * @throws SploraError `not-found` if it was called with something else
 */
export async function pickAdapter(
  services: Services,
  { pointed: [pointed], lost }: Pick<Call, 'pointed' | 'lost'>,
  options: PickOptions,
): Promise<string | undefined> {
  // The row whose button was pressed need not be the adapter of an editor.
  const asks = options.always === true || lost !== undefined;
  const place =
    pointed?.path ?? (asks ? undefined : (activeAdapterFile() ?? services.surfaces.panelInFront()));
  const adapter = place === undefined ? await ask(services, options) : await findAdapterWeights(place);
  if (adapter !== undefined) await services.library.open(adapter);
  return adapter;
}

/**
 * All adapters that were selected, else as `pickAdapter`.
 * @throws SploraError `not-found` if the only place that was pointed at is no adapter
 */
export async function pickAdapters(
  services: Services,
  call: Pick<Call, 'pointed' | 'lost'>,
  options: PickOptions,
): Promise<Outcome<string>> {
  const paths = pathsOf(call.pointed);
  if (paths.length > 1) {
    const { results, failures } = await tryEach(paths, async (place) => {
      const adapter = await findAdapterWeights(place);
      await services.library.open(adapter);
      return adapter;
    });
    return { results: [...new Set(results)], failures };
  }
  const adapter = await pickAdapter(services, call, options);
  return { results: adapter === undefined ? [] : [adapter], failures: [] };
}

/** The file of the active tab if it belongs to an adapter; of a listing, its adapter. */
function activeAdapterFile(): string | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  if (!(input instanceof vscode.TabInputCustom || input instanceof vscode.TabInputText)) return undefined;
  const [place] = pathsOf(parseCall([input.uri], undefined).pointed);
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
  const description =
    state.document === null
      ? vscode.l10n.t('not analyzed')
      : standOutText(evidenceOf(state.document).standsOut.length);
  const stale = state.stale === null ? '' : ` · ${vscode.l10n.t('out of date')}`;
  return {
    label: adapterLabel(state.adapter),
    description: description + stale,
    detail: shownPath(state.adapter),
  };
}

async function browse(): Promise<string | undefined> {
  const title = vscode.l10n.t('Choose an Adapter');
  const folder = await pickFolder(title, vscode.l10n.t('Choose Adapter Folder'));
  return folder === undefined ? undefined : findAdapterWeights(folder);
}
