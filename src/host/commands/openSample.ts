import { cp, mkdir } from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { OptionsOf } from '../commandTable';
import { showError, notify } from '../errors/showError';
import { VIEWS } from '../ids';
import { runCommand } from '../runCommand';
import { markSample, takeSampleMark } from '../state/sampleMark';
import { pickFolder, pickRow } from '../windowText';
import type { Invocation } from './call';
import type { Services } from '../services';

const SAMPLE = 'splora-sample';

/**
 * Copies the built-in sample to the folder that was pointed at, or asks for one, and opens it. Files that exist are kept.
 * @returns the folder; undefined: the user canceled
 */
export async function openSample(
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
    { icon: 'package', label: vscode.l10n.t("In the Extension's Own Storage"), detail: own, own: true },
    { icon: 'folder-opened', label: vscode.l10n.t('In Another Folder…'), detail: '', own: false },
  ];
  const picked = await pickRow(items, {
    title: vscode.l10n.t('SPLoRA: Open Sample'),
    placeHolder: vscode.l10n.t('Where do you want to copy the sample (4 MB)? The folder opens afterward.'),
  });
  if (picked?.own !== false) return picked === undefined ? undefined : own;
  const title = vscode.l10n.t('Choose a Folder for the Sample');
  const parent = await pickFolder(title, vscode.l10n.t('Copy Here'));
  return parent === undefined ? undefined : path.join(parent, SAMPLE);
}

/** The adapter of the sample that has something to show. */
const ADAPTER = path.join('adapter-mixed', 'adapter_model.safetensors');

/** In a window that *Open Sample* opened: shows where SPLoRA is and offers the first step. Once; nothing elsewhere. */
export function greetInSample(memento: vscode.Memento, log: vscode.LogOutputChannel): void {
  greet(memento, log).catch((thrown: unknown) => showError(log, thrown));
}

async function greet(memento: vscode.Memento, log: vscode.LogOutputChannel): Promise<void> {
  const folders = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath);
  const sample = await takeSampleMark(memento, folders);
  if (sample === undefined) return;
  await vscode.commands.executeCommand(`workbench.view.extension.${VIEWS.container}`);
  // It goes on here: its first step was done in the window that opened this one.
  await runCommand('openWalkthrough');
  const adapter = path.join(sample, ADAPTER);
  const message = vscode.l10n.t(
    'This is the SPLoRA sample: a base model, its aligned model, adapters, and suites of prompts. Measure whether an adapter still refuses, or analyze it to see its scores.',
  );
  notify('Information', log, message, [
    { label: vscode.l10n.t('Measure'), run: () => runCommand('measure', adapter) },
    { label: vscode.l10n.t('Analyze'), run: () => runCommand('analyze', adapter) },
  ]);
}
