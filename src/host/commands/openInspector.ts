import * as path from 'node:path';
import * as vscode from 'vscode';
import { EDITORS, isAdapterWeights } from '../ids';
import { pickAdapter } from '../questions/pickAdapter';
import type { Services } from '../services';
import { pickRow } from '../windowText';
import type { Call } from './call';

export async function openInspector(services: Services, call: Call): Promise<vscode.Uri | undefined> {
  const file = await fileToInspect(services, call);
  if (file === undefined) return undefined;
  const uri = vscode.Uri.file(file);
  await vscode.commands.executeCommand('vscode.openWith', uri, EDITORS.inspector);
  return uri;
}

/** Any safetensors file, a model's too; of a folder or a config, the adapter's. */
async function fileToInspect(services: Services, call: Call): Promise<string | undefined> {
  const title = vscode.l10n.t('Open in Inspector');
  const file = call.pointed[0]?.path;
  if (file === undefined && call.lost === undefined) return pickSafetensors(title);
  return file !== undefined && isPlainSafetensors(file) ? file : pickAdapter(services, call, { title });
}

function isPlainSafetensors(file: string): boolean {
  return file.endsWith('.safetensors') && !isAdapterWeights(path.basename(file));
}

const MAX_FILES = 1000;

/** Any safetensors file, of the workspace or from elsewhere. Undefined: the user canceled. */
async function pickSafetensors(title: string): Promise<string | undefined> {
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
