import * as path from 'node:path';
import * as vscode from 'vscode';
import { pickRow } from '../windowText';

const MAX_FILES = 1000;

/** Any safetensors file, of the workspace or from elsewhere. Undefined: the user canceled. */
export async function pickSafetensors(title: string): Promise<string | undefined> {
  const found = await vscode.workspace.findFiles('**/*.safetensors', undefined, MAX_FILES);
  const items = found.map(toItem).sort((x, y) => (x.file < y.file ? -1 : 1));
  const browse = { icon: 'folder-opened', label: vscode.l10n.t('Browse…'), file: undefined };
  const picked = await pickRow([...items, browse], {
    title: `SPLoRA: ${title}`,
    placeHolder: vscode.l10n.t('Which file?'),
    matchOnDescription: true,
  });
  return picked === undefined ? undefined : (picked.file ?? browseFile());
}

function toItem({ fsPath }: vscode.Uri): { label: string; description: string; file: string } {
  const description = vscode.workspace.asRelativePath(path.dirname(fsPath));
  return { label: path.basename(fsPath), description, file: fsPath };
}

async function browseFile(): Promise<string | undefined> {
  const picked = await vscode.window.showOpenDialog({
    title: vscode.l10n.t('Choose a File'),
    filters: { Safetensors: ['safetensors'] },
  });
  return picked?.[0]?.fsPath;
}
