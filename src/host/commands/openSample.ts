import { cp, mkdir } from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { COMMANDS } from '../ids';
import { markSample } from '../state/sampleMark';
import { pickRow } from '../windowText';
import { checkOptions } from './options';
import type { CommandRegistry } from './register';
import type { Services } from './services';
import { givenOptions, isScripted, pointedPaths, type CommandArguments } from './targets';

export function registerOpenSample(registry: CommandRegistry, services: Services): void {
  registry.add(COMMANDS.openSample, { needsTrust: false }, (args) => openSample(services, args));
}

const SAMPLE = 'splora-sample';

/**
 * Copies the built-in sample to a place where it can be worked on, and opens that folder. Files that are there already
 * stay as they are. With a Uri: copies into that folder without a question; `{open: false}` leaves the window as it is.
 * @returns the folder of the copy
 */
async function openSample(services: Services, args: CommandArguments): Promise<vscode.Uri | undefined> {
  const options = givenOptions(args);
  checkOptions(options, ['open']);
  const own = path.join(services.context.globalStorageUri.fsPath, SAMPLE);
  const [pointed] = pointedPaths(args);
  const folder = pointed ?? (isScripted(args) ? own : await askWhere(own));
  if (folder === undefined) return undefined;
  await mkdir(folder, { recursive: true });
  const source = services.context.asAbsolutePath(path.join('media', 'sample'));
  await cp(source, folder, { recursive: true, force: false, errorOnExist: false });
  const uri = vscode.Uri.file(folder);
  services.log.info(`The sample lies in ${folder}`);
  if (options?.['open'] === false) return uri;
  if (vscode.workspace.getWorkspaceFolder(uri) !== undefined) {
    await vscode.commands.executeCommand('workbench.view.extension.splora');
    return uri;
  }
  // An empty window becomes the sample's; work in another folder is not closed.
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
