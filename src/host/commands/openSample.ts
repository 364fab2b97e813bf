import { cp, mkdir } from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { OptionsOf } from '../commandTable';
import { VIEWS } from '../ids';
import { markSample } from '../state/sampleMark';
import { pickRow } from '../windowText';
import { NO_TARGET, type CommandRegistry, type Invocation } from './registry';
import type { Services } from './services';

export function registerOpenSample(registry: CommandRegistry, services: Services): void {
  registry.add('openSample', NO_TARGET, (_none, call) => openSample(services, call));
}

const SAMPLE = 'splora-sample';

/**
 * Copies the built-in sample to the folder that was pointed at, or asks for one, and opens it. Files that exist are kept.
 * @returns the folder; undefined: the user canceled
 */
async function openSample(
  services: Services,
  { pointed: [pointed], options, caller }: Invocation<OptionsOf<'openSample'>>,
): Promise<vscode.Uri | undefined> {
  const own = path.join(services.context.globalStorageUri.fsPath, SAMPLE);
  const folder = pointed?.path ?? (caller === 'program' ? own : await askWhere(own));
  if (folder === undefined) return undefined;
  await mkdir(folder, { recursive: true });
  const source = services.context.asAbsolutePath(path.join('media', 'sample'));
  await cp(source, folder, { recursive: true, force: false, errorOnExist: false });
  const uri = vscode.Uri.file(folder);
  services.log.info(`The sample lies in ${folder}`);
  if (options.open === false) return uri;
  if (vscode.workspace.getWorkspaceFolder(uri) !== undefined) {
    await vscode.commands.executeCommand(`workbench.view.extension.${VIEWS.container}`);
    return uri;
  }
  // An empty window is reused; a folder that is open is not closed.
  await markSample(services.context.globalState, uri.fsPath);
  const forceNewWindow = vscode.workspace.workspaceFolders !== undefined;
  await vscode.commands.executeCommand('vscode.openFolder', uri, { forceNewWindow });
  return uri;
}

async function askWhere(own: string): Promise<string | undefined> {
  const items = [
    { icon: 'package', label: vscode.l10n.t("In the extension's own storage"), detail: own, own: true },
    { icon: 'folder-opened', label: vscode.l10n.t('In Another Folder…'), detail: '', own: false },
  ];
  const picked = await pickRow(items, {
    title: vscode.l10n.t('SPLoRA: Open Sample'),
    placeHolder: vscode.l10n.t('Where to copy the sample (4 MB)? The folder is opened then.'),
  });
  if (picked?.own !== false) return picked === undefined ? undefined : own;
  const chosen = await vscode.window.showOpenDialog({
    title: vscode.l10n.t('Where to copy the sample'),
    canSelectFiles: false,
    canSelectFolders: true,
    openLabel: vscode.l10n.t('Copy Here'),
  });
  const parent = chosen?.[0]?.fsPath;
  return parent === undefined ? undefined : path.join(parent, SAMPLE);
}
