import * as path from 'node:path';
import * as vscode from 'vscode';
import { showError, showInformation } from './errors/showError';
import { VIEWS } from './ids';
import { runCommand } from './runCommand';
import { takeSampleMark } from './state/sampleMark';

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
  const adapter = path.join(sample, ADAPTER);
  const message = vscode.l10n.t(
    'This is the SPLoRA sample: a base model, its aligned model and adapters. Analyze one to see its scores.',
  );
  const run = (): unknown => runCommand('analyze', adapter);
  showInformation(log, message, [{ label: vscode.l10n.t('Analyze'), run }]);
}
