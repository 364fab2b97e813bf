import * as path from 'node:path';
import * as vscode from 'vscode';
import type { Log } from '../engine/engineService';
import { ADAPTER_CONFIG, SETTING_SECTION } from '../ids';
import type { ModelPair } from '../settingDefinitions';
import type { Settings } from '../settings';
import { ancestors, type FolderChoice, keyIn, nearest, shorten, withEntry, withoutEntry } from './folderKeys';

const MEMORY_KEY = 'models:';
const UNSAVED_KEY = 'modelsUnsaved:';
const ACCEPTED_KEY = 'modelsAccepted';
/** More pairs than a person settles on; the oldest go first. */
const MAX_ACCEPTED = 200;

/** Models by the words of people and settings; undefined where these leave one open. */
export type RecalledModels = Readonly<Record<keyof ModelPair, string | undefined>>;

/** A choice that the settings could not take, and what they said at that time. */
interface Unsaved {
  readonly pair: ModelPair;
  /** `JSON.stringify` of the entry that held then, or undefined. */
  readonly instead: string | undefined;
}

/**
 * Which models were chosen for which adapter: in the settings of its workspace folder, where people can see and share
 * them; in the extension's own memory for adapters outside the workspace. Settings that cannot be written are kept
 * apart, for as long as nobody changes what stands in them.
 */
export class ModelMemory {
  readonly #settings: Settings;
  readonly #memento: vscode.Memento;
  readonly #log: Log;

  constructor(settings: Settings, memento: vscode.Memento, log: Log) {
    this.#settings = settings;
    this.#memento = memento;
    this.#log = log;
  }

  /**
   * What was chosen for this adapter or for a folder above it, else what the settings name for all adapters: both models,
   * or one of them. Undefined: nothing.
   */
  recall(adapter: string): RecalledModels | undefined {
    const uri = vscode.Uri.file(adapter);
    const saved = this.#saved(adapter);
    const isInside = vscode.workspace.getWorkspaceFolder(uri) !== undefined;
    const unsaved = isInside ? this.#unsaved(adapter, saved) : undefined;
    const chosen = unsaved ?? saved?.pair ?? this.#kept(adapter);
    if (chosen !== undefined) return chosen;
    const base = this.#settings.get('models.base', uri) || undefined;
    const aligned = this.#settings.get('models.aligned', uri) || undefined;
    return base === undefined && aligned === undefined ? undefined : { base, aligned };
  }

  /** Keeps a choice for the adapter's folder, or for a folder above it. */
  async remember(folder: string, pair: ModelPair): Promise<void> {
    const uri = vscode.Uri.file(folder);
    const root = vscode.workspace.getWorkspaceFolder(uri);
    if (root === undefined) {
      await this.#memento.update(MEMORY_KEY + folder, pair);
      await this.#memento.update(UNSAVED_KEY + folder, undefined);
      return;
    }
    const rootPath = root.uri.fsPath;
    const relative = { base: shorten(pair.base, rootPath), aligned: shorten(pair.aligned, rootPath) };
    try {
      await writeEntries(uri, withEntry(ownEntries(uri), keyIn(rootPath, folder), relative));
      await this.#memento.update(UNSAVED_KEY + folder, undefined);
    } catch (thrown) {
      // A read-only workspace has no settings to write: the choice holds all the same.
      this.#log.warn(`The choice of models could not be saved in the settings: ${String(thrown)}`);
      const saved = this.#saved(path.join(folder, ADAPTER_CONFIG));
      const unsaved: Unsaved = { pair, instead: saved && JSON.stringify(saved) };
      await this.#memento.update(UNSAVED_KEY + folder, unsaved);
    }
  }

  /** Takes back what was kept for this folder itself; what is kept for one above it stays. */
  async forget(folder: string): Promise<void> {
    for (const key of [MEMORY_KEY, UNSAVED_KEY]) await this.#memento.update(key + folder, undefined);
    const uri = vscode.Uri.file(folder);
    const root = vscode.workspace.getWorkspaceFolder(uri);
    if (root === undefined) return;
    const saved = ownEntries(uri);
    const left = withoutEntry(saved, keyIn(root.uri.fsPath, folder));
    if (left === saved) return;
    try {
      await writeEntries(uri, left);
    } catch (thrown) {
      this.#log.warn(`The choice of models could not be taken out of the settings: ${String(thrown)}`);
    }
  }

  /** Whether a person said of models that seemed to be the wrong way round that they are right. */
  isAccepted(key: string): boolean {
    return this.#accepted().includes(key);
  }

  /** Keeps that answer, so that nobody is asked again. */
  async accept(key: string): Promise<void> {
    if (this.isAccepted(key)) return;
    await this.#memento.update(ACCEPTED_KEY, [...this.#accepted(), key].slice(-MAX_ACCEPTED));
  }

  #accepted(): readonly string[] {
    return this.#memento.get<readonly string[]>(ACCEPTED_KEY) ?? [];
  }

  /** What the settings say of the folder that a file lies in. */
  #saved(file: string): FolderChoice | undefined {
    const uri = vscode.Uri.file(file);
    const root = vscode.workspace.getWorkspaceFolder(uri)?.uri.fsPath;
    return root === undefined ? undefined : nearest(this.#settings.get('models.byAdapter', uri), root, file);
  }

  #kept(adapter: string): ModelPair | undefined {
    for (const folder of ancestors(path.dirname(adapter))) {
      const pair = this.#memento.get<ModelPair>(MEMORY_KEY + folder);
      if (pair !== undefined) return pair;
    }
    return undefined;
  }

  /** The choice for the nearest folder, where the settings say what they said when they could not take it. */
  #unsaved(adapter: string, saved: FolderChoice | undefined): ModelPair | undefined {
    for (const folder of ancestors(path.dirname(adapter))) {
      const unsaved = this.#memento.get<Unsaved>(UNSAVED_KEY + folder);
      if (unsaved !== undefined && unsaved.instead === (saved && JSON.stringify(saved))) return unsaved.pair;
    }
    return undefined;
  }
}

/**
 * The entries in the settings of the workspace folder itself, as they stand there: what users and the workspace add is
 * not for this file, and what is not valid is for people to mend.
 */
function ownEntries(uri: vscode.Uri): unknown {
  return vscode.workspace.getConfiguration(SETTING_SECTION, uri).inspect('models.byAdapter')
    ?.workspaceFolderValue;
}

async function writeEntries(uri: vscode.Uri, entries: unknown): Promise<void> {
  const configuration = vscode.workspace.getConfiguration(SETTING_SECTION, uri);
  await configuration.update('models.byAdapter', entries, vscode.ConfigurationTarget.WorkspaceFolder);
}
