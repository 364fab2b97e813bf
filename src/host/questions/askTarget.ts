import * as path from 'node:path';
import * as vscode from 'vscode';
import { plainText } from '../../core/report/escape';
import { firstFree, siblingNames } from '../../io/atomicWrite';
import { adapterLabel, formatCount, staleText } from '../format';
import type { AdapterState } from '../state/types';
import { pickRow, type Row } from '../windowText';
import { scaleSpread, type ScaleSpread } from './scaleSpread';

/** Where and how to write the pruned adapter. */
export interface Target {
  /** The new folder; undefined: beside the original. */
  readonly out: string | undefined;
  readonly bakeScale: boolean;
}

/**
 * Asks where to write and, if it changes anything, whether to write alpha and rank into the weights.
 * @param modules those to leave out
 * @param wish the answer unless the user changes it; the scale can only be written if modules are removed
 * @returns undefined: the user canceled
 */
export async function askTarget(
  state: AdapterState,
  modules: readonly string[],
  wish: Readonly<Record<string, unknown>>,
): Promise<Target | undefined> {
  const beside = firstFree(siblingNames(path.dirname(state.adapter)));
  const spread =
    state.document === null || wish['mode'] !== 'remove' ? undefined : scaleSpread(state.document, modules);
  const options = {
    title: vscode.l10n.t(
      'SPLoRA: Write {0} without {1} of {2} modules',
      adapterLabel(state.adapter),
      formatCount(modules.length),
      formatCount(state.verdicts.length),
    ),
    placeHolder: placeHolder(state),
    ignoreFocusOut: true,
  };
  let bake = wish['bakeScale'] === true;
  for (;;) {
    const picked = await pickRow(items(beside, spread, bake), options);
    switch (picked?.choice) {
      case 'beside':
        return { out: undefined, bakeScale: bake };
      case 'elsewhere': {
        const out = await askFolder(path.basename(beside));
        return out === undefined ? undefined : { out, bakeScale: bake };
      }
      case 'bake':
        bake = !bake;
        break;
      case undefined:
        return undefined;
    }
  }
}

/** Asks where to write. Undefined: the user canceled. */
export async function askPlace(
  adapter: string,
  title: string,
): Promise<{ readonly out: string | undefined } | undefined> {
  const beside = firstFree(siblingNames(path.dirname(adapter)));
  const picked = await pickRow(items(beside, undefined, false), {
    title,
    placeHolder: vscode.l10n.t('Where to? Nothing is overwritten.'),
    ignoreFocusOut: true,
  });
  if (picked === undefined) return undefined;
  if (picked.choice === 'beside') return { out: undefined };
  const out = await askFolder(path.basename(beside));
  return out === undefined ? undefined : { out };
}

/** A new folder of the given name in one that the user picks. */
export async function askFolder(name: string): Promise<string | undefined> {
  const picked = await vscode.window.showOpenDialog({
    title: plainText(vscode.l10n.t('Where to write {0}', name)),
    canSelectFiles: false,
    canSelectFolders: true,
    openLabel: vscode.l10n.t('Write Here'),
  });
  const parent = picked?.[0]?.fsPath;
  return parent === undefined ? undefined : path.join(parent, name);
}

function placeHolder(state: AdapterState): string {
  const stale = state.stale === null ? '' : ` ${staleText(state.stale)}`;
  return vscode.l10n.t('Where to? Nothing is overwritten.') + stale;
}

type Item = Row & { readonly choice?: 'beside' | 'elsewhere' | 'bake' };

function items(beside: string, spread: ScaleSpread | undefined, bake: boolean): Item[] {
  const places: Item[] = [
    {
      icon: 'new-folder',
      label: path.basename(beside),
      description: vscode.l10n.t('beside the original'),
      detail: beside,
      choice: 'beside',
    },
    { icon: 'folder-opened', label: vscode.l10n.t('In Another Folder…'), choice: 'elsewhere' },
  ];
  if (spread === undefined) return places;
  const separator = { label: vscode.l10n.t('Option'), kind: vscode.QuickPickItemKind.Separator };
  const option: Item = {
    icon: bake ? 'pass-filled' : 'circle-large-outline',
    label: vscode.l10n.t('Write Alpha and Rank into the Weights'),
    description: bake ? vscode.l10n.t('on') : vscode.l10n.t('off'),
    detail: `${difference(spread)} ${vscode.l10n.t('For loaders that ignore alpha_pattern and rank_pattern (mlx-lm, older vLLM). What the adapter does stays the same; the file may grow.')}`,
    choice: 'bake',
  };
  return [...places, separator, option];
}

function difference({ of, smallest, largest }: ScaleSpread): string {
  if (of === 'rank') {
    const [from, to] = [formatCount(smallest), formatCount(largest)];
    return vscode.l10n.t('The modules that stay differ in rank ({0} to {1}).', from, to);
  }
  const [from, to] = [smallest, largest].map((scale) => Number(scale.toPrecision(4)));
  return vscode.l10n.t('The modules that stay differ in scale ({0} to {1}).', from ?? '', to ?? '');
}
