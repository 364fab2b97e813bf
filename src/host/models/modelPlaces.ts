import * as path from 'node:path';
import * as vscode from 'vscode';
import type { Settings } from '../settings';
import { hubEnvironment, type ModelPlaces } from './candidates';

/** Where the models of an adapter are looked for, as its own workspace folder has it; its own folder comes first. */
export function placesOf(settings: Settings, adapter: string): ModelPlaces {
  const uri = vscode.Uri.file(adapter);
  const root = vscode.workspace.getWorkspaceFolder(uri)?.uri.fsPath;
  const own = path.dirname(adapter);
  return {
    from: root === undefined || root === own ? [own] : [own, root],
    folders: settings.get('models.folders', uri),
    env: hubEnvironment(process.env, settings.get('models.huggingFaceCache', uri)),
  };
}

/** The same for what settings name: they mean the workspace folder first, adapters their own. */
export function settingPlaces(settings: Settings, adapter: string): ModelPlaces {
  const places = placesOf(settings, adapter);
  return { ...places, from: [...places.from].reverse() };
}
