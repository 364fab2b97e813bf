import * as path from 'node:path';
import * as vscode from 'vscode';
import { SETTING_SECTION } from '../ids';
import type { ModelPair } from '../settingDefinitions';
import type { Settings } from '../settings';
import { hubEnvironment, type ModelPlaces } from './candidates';
import { nearestEntry, withEntry } from './folderEntries';

/** Where the models of an adapter are looked for: its own folder first, then its workspace folder. */
export function placesOf(settings: Settings, adapter: string): ModelPlaces {
  const uri = vscode.Uri.file(adapter);
  const root = rootOf(uri);
  const own = path.dirname(adapter);
  return {
    from: root === undefined || root === own ? [own] : [own, root],
    folders: settings.get('models.folders', uri),
    env: hubEnvironment(process.env, settings.get('models.huggingFaceCache', uri)),
  };
}

/** Where models are looked for that the settings name: relative paths start from the workspace folder. */
export function settingPlaces(places: ModelPlaces): ModelPlaces {
  return { ...places, from: [...places.from].reverse() };
}

/** The models that the settings name for an adapter: those of its folder or the nearest one above, else those for all. */
export function savedModels(settings: Settings, adapter: string): Partial<ModelPair> {
  const uri = vscode.Uri.file(adapter);
  const root = rootOf(uri);
  const entry =
    root === undefined ? undefined : nearestEntry(settings.get('models.byAdapter', uri), root, adapter);
  if (entry !== undefined) return entry;
  const [base, aligned] = [settings.get('models.base', uri), settings.get('models.aligned', uri)];
  return { ...(base === '' ? {} : { base }), ...(aligned === '' ? {} : { aligned }) };
}

/** Whether the settings of a workspace folder can hold the models of this adapter. */
export function canSaveModels(adapter: string): boolean {
  return rootOf(vscode.Uri.file(adapter)) !== undefined;
}

/** Writes the models of an adapter into the settings of its workspace folder. */
export async function saveModels(adapter: string, pair: ModelPair): Promise<void> {
  const uri = vscode.Uri.file(adapter);
  const root = rootOf(uri);
  if (root === undefined) return;
  const configuration = vscode.workspace.getConfiguration(SETTING_SECTION, uri);
  // What the settings of the user and the workspace add does not belong into this file.
  const own = configuration.inspect('models.byAdapter')?.workspaceFolderValue;
  const entries = withEntry(own, root, adapter, pair);
  await configuration.update('models.byAdapter', entries, vscode.ConfigurationTarget.WorkspaceFolder);
}

function rootOf(uri: vscode.Uri): string | undefined {
  return vscode.workspace.getWorkspaceFolder(uri)?.uri.fsPath;
}
