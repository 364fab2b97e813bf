import * as path from 'node:path';
import * as vscode from 'vscode';
import { guessBaseNames } from '../../core/checkpoint/naming';
import { hubCacheFolder } from '../../io/hubCache';
import type { ModelPair } from '../settingDefinitions';
import { pickRow, showMessage, type Row } from '../windowText';
import {
  rankAsAligned,
  rankAsBase,
  type ModelCandidate,
  type ModelPlaces,
  type RankedCandidate,
} from './findModels';
import { modelName, type Doubt, type Hint } from './modelPair';

/** An answer of the user: the path of a model, or another way to go on. */
interface PickItem extends Row {
  readonly answer?: { readonly model: string } | 'browse' | 'other-aligned';
}

/** Asks for the aligned model; the one that the adapter names comes first. Undefined: the user canceled. */
export async function pickAligned(
  candidates: readonly ModelCandidate[],
  hint: Hint | undefined,
  places: ModelPlaces,
): Promise<string | undefined> {
  const placeHolder =
    hint === undefined || hint.path !== undefined
      ? vscode.l10n.t('The chat model that this adapter was trained on')
      : vscode.l10n.t(
          '"{0}" (from adapter_config.json) is neither a folder here nor in {1}',
          hint.name,
          hubCacheFolder(places.env),
        );
  const items = modelItems(rankAsAligned(candidates, hint?.name), vscode.l10n.t('named by the adapter'));
  const picked = await pick(vscode.l10n.t('Aligned Model'), placeHolder, items);
  return typeof picked === 'object' ? picked.model : undefined;
}

/** Asks for the base of an aligned model; the guess comes first. Undefined: the user canceled. */
export async function pickBase(
  candidates: readonly ModelCandidate[],
  aligned: string,
): Promise<{ readonly model: string } | 'other-aligned' | undefined> {
  const ranked = rankAsBase(candidates, aligned);
  const [guess] = guessBaseNames(modelName(aligned));
  const placeHolder =
    ranked[0]?.guessed === true || guess === undefined
      ? vscode.l10n.t('Confirm the base model of {0}', shortName(aligned))
      : vscode.l10n.t(
          'The base model of {0} (probably {1}, not found)',
          shortName(aligned),
          shortName(guess),
        );
  const other: PickItem = {
    icon: 'arrow-swap',
    label: vscode.l10n.t('Another Aligned Model…'),
    description: vscode.l10n.t('currently {0}', aligned),
    answer: 'other-aligned',
  };
  const items = modelItems(ranked, vscode.l10n.t('guessed from the name'));
  return pick(vscode.l10n.t('Unaligned Base Model'), placeHolder, items, other);
}

/** Asks what to do about models that look swapped. Undefined: choose again. */
export async function askAboutDoubt(
  doubt: Doubt,
  pair: ModelPair,
): Promise<'swap' | 'as-chosen' | undefined> {
  const swap = vscode.l10n.t('Swap');
  const asChosen = vscode.l10n.t('Use Anyway');
  const detail = vscode.l10n.t(
    'Base: {0}. Aligned: {1}. If they are swapped, the reversal score has the wrong sign and ranks the wrong modules; the other scores stay the same. Cancel to choose again.',
    pair.base,
    pair.aligned,
  );
  const picked = await showMessage('Warning', doubtText(doubt, pair), [swap, asChosen], detail);
  return picked === swap ? 'swap' : picked === asChosen ? 'as-chosen' : undefined;
}

export function doubtText(doubt: Doubt, { base, aligned }: ModelPair): string {
  return doubt === 'base-is-named'
    ? vscode.l10n.t('The adapter names {0} as its aligned model, not as its base.', shortName(base))
    : vscode.l10n.t('By its name, {0} is the base of {1}.', shortName(aligned), shortName(base));
}

function modelItems(ranked: readonly RankedCandidate[], note: string): readonly PickItem[] {
  return ranked.map(({ label, path: model, guessed }) => ({
    label,
    description: guessed ? note : '',
    detail: model,
    answer: { model },
  }));
}

async function pick(
  title: string,
  placeHolder: string,
  models: readonly PickItem[],
  ...others: readonly PickItem[]
): Promise<{ readonly model: string } | 'other-aligned' | undefined> {
  const items: readonly PickItem[] = [
    ...models,
    { label: '', kind: vscode.QuickPickItemKind.Separator },
    ...others,
    { icon: 'folder-opened', label: vscode.l10n.t('Browse…'), answer: 'browse' },
  ];
  const options = { placeHolder, matchOnDescription: true, matchOnDetail: true, ignoreFocusOut: true };
  const picked = await pickRow(items, { title: `SPLoRA: ${title}`, ...options });
  if (picked?.answer !== 'browse') return picked?.answer;
  const openLabel = vscode.l10n.t('Choose Model Folder');
  const dialog = { title, openLabel, canSelectFolders: true, canSelectFiles: false };
  const [folder] = (await vscode.window.showOpenDialog(dialog)) ?? [];
  return folder === undefined ? undefined : { model: folder.fsPath };
}

/** A repo id, or the last part of a path: the whole path is shown elsewhere. */
function shortName(model: string): string {
  const name = modelName(model);
  return path.isAbsolute(name) ? path.basename(name) : name;
}
