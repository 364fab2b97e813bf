import * as path from 'node:path';
import * as vscode from 'vscode';
import { guessBaseNames } from '../../core/checkpoint/naming';
import { pickRow, type Row } from '../windowText';
import { cacheFolder, rankAsAligned, rankAsBase, type ModelCandidate, type ModelPlaces } from './candidates';
import { called } from './confirmModels';
import type { NamedModel } from './doubt';

/** A model that a person settled on. */
export interface Chosen extends NamedModel {
  /** What settings keep. */
  readonly spec: string;
}

/** One row of a list of models. */
type PickItem = Row & {
  readonly choice?:
    { readonly kind: 'model'; readonly model: Chosen } | { readonly kind: 'browse' | 'other-aligned' };
};

function modelItem(candidate: ModelCandidate, description: string): PickItem {
  const model = { path: candidate.path, name: candidate.label, spec: candidate.spec };
  return { label: candidate.label, description, detail: candidate.path, choice: { kind: 'model', model } };
}

/** What stands below the models: other ways to go on. */
function tail(...more: readonly PickItem[]): readonly PickItem[] {
  return [
    { label: '', kind: vscode.QuickPickItemKind.Separator },
    ...more,
    { icon: 'folder-opened', label: vscode.l10n.t('Browse…'), choice: { kind: 'browse' } },
  ];
}

/** Shows a list of models. @returns undefined when the person turned away */
async function pick(
  title: string,
  placeHolder: string,
  items: readonly PickItem[],
): Promise<PickItem['choice'] | undefined> {
  const options = {
    title: `SPLoRA: ${title}`,
    placeHolder,
    matchOnDescription: true,
    matchOnDetail: true,
    ignoreFocusOut: true,
  };
  return (await pickRow(items, options))?.choice;
}

/** Lets a person choose a folder. */
async function browse(title: string): Promise<Chosen | undefined> {
  const picked = await vscode.window.showOpenDialog({
    title,
    canSelectFolders: true,
    canSelectFiles: false,
    openLabel: vscode.l10n.t('Choose Model Folder'),
  });
  const folder = picked?.[0]?.fsPath;
  return folder === undefined ? undefined : { path: folder, name: folder, spec: folder };
}

/** Asks for the aligned model; what the adapter names stands first. @returns undefined when the person turned away */
export async function pickAligned(
  candidates: readonly ModelCandidate[],
  hint: string | undefined,
  places: ModelPlaces,
): Promise<Chosen | undefined> {
  const items = rankAsAligned(candidates, hint).map(({ candidate, guessed }) =>
    modelItem(candidate, guessed ? vscode.l10n.t('named by the adapter') : ''),
  );
  const placeHolder =
    hint === undefined
      ? vscode.l10n.t('The chat model that this adapter was trained on')
      : vscode.l10n.t(
          '“{0}” (from adapter_config.json) is neither a folder here nor in {1}',
          hint,
          cacheFolder(places),
        );
  const title = vscode.l10n.t('Aligned Model');
  const picked = await pick(title, placeHolder, [...items, ...tail()]);
  return picked?.kind === 'browse' ? browse(title) : picked?.kind === 'model' ? picked.model : undefined;
}

/** Asks for the base of an aligned model, the guess first. @returns undefined when the person turned away */
export async function pickBase(
  candidates: readonly ModelCandidate[],
  aligned: Chosen,
): Promise<Chosen | 'other-aligned' | undefined> {
  const ranked = rankAsBase(candidates, aligned);
  const items = ranked.map(({ candidate, guessed }) =>
    modelItem(candidate, guessed ? vscode.l10n.t('guessed from the name') : ''),
  );
  const [guess] = guessBaseNames(aligned.name);
  const placeHolder =
    ranked[0]?.guessed === true || guess === undefined
      ? vscode.l10n.t('Please confirm the base from which {0} was aligned', called(aligned))
      : vscode.l10n.t(
          'The base of {0}, perhaps {1}, which was not found here',
          called(aligned),
          path.basename(guess),
        );
  const other: PickItem = {
    icon: 'arrow-swap',
    label: vscode.l10n.t('Another Aligned Model…'),
    description: vscode.l10n.t('now: {0}', aligned.path),
    choice: { kind: 'other-aligned' },
  };
  const title = vscode.l10n.t('Unaligned Base Model');
  const picked = await pick(title, placeHolder, [...items, ...tail(other)]);
  if (picked?.kind === 'other-aligned') return 'other-aligned';
  return picked?.kind === 'browse' ? browse(title) : picked?.kind === 'model' ? picked.model : undefined;
}
