import * as vscode from 'vscode';
import type { ModelCandidate } from './candidates';
import type { NamedModel } from './doubt';

/** A model that a person settled on. */
export interface Chosen extends NamedModel {
  /** What settings keep. */
  readonly spec: string;
}

/** One row of a list of models. */
export type PickItem = vscode.QuickPickItem & {
  readonly choice?:
    { readonly kind: 'model'; readonly model: Chosen } | { readonly kind: 'browse' | 'other-aligned' };
};

export function modelItem(candidate: ModelCandidate, description: string): PickItem {
  const model = { path: candidate.path, name: candidate.label, spec: candidate.spec };
  return { label: candidate.label, description, detail: candidate.path, choice: { kind: 'model', model } };
}

/** What stands below the models: other ways to go on. */
export function tail(...more: readonly PickItem[]): readonly PickItem[] {
  return [
    { label: '', kind: vscode.QuickPickItemKind.Separator },
    ...more,
    { label: `$(folder-opened) ${vscode.l10n.t('Browse…')}`, choice: { kind: 'browse' } },
  ];
}

/** Shows a list of models. @returns undefined when the person turned away */
export async function pick(
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
  return (await vscode.window.showQuickPick(items, options))?.choice;
}

/** Lets a person choose a folder. */
export async function browse(title: string): Promise<Chosen | undefined> {
  const picked = await vscode.window.showOpenDialog({
    title,
    canSelectFolders: true,
    canSelectFiles: false,
    openLabel: vscode.l10n.t('Choose Model Folder'),
  });
  const folder = picked?.[0]?.fsPath;
  return folder === undefined ? undefined : { path: folder, name: folder, spec: folder };
}
