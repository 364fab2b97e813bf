import * as path from 'node:path';
import * as vscode from 'vscode';
import { adapterInFolder } from '../diagnostics/problems';
import { Disposable } from '../disposable';
import { formatCount, staleText } from '../format';
import { ADAPTER_CONFIG, isAdapterWeights } from '../ids';
import type { Settings } from '../settings';
import type { AdapterState, AnalysisStore } from '../state/types';
import { flaggedCount } from '../tree/treeModel';
import { badgeText } from './badge';

/** A dragged cut changes verdicts many times a second; badges follow at this pace. */
const REFRESH_MS = 200;

/** The number of flagged modules on adapter files and their configs, in Explorer and tabs. */
export class FlaggedBadges extends Disposable implements vscode.FileDecorationProvider {
  readonly #changed = this._register(new vscode.EventEmitter<vscode.Uri[] | undefined>());
  readonly #pending = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  readonly onDidChangeFileDecorations = this.#changed.event;

  constructor(
    private readonly store: AnalysisStore,
    private readonly settings: Settings,
  ) {
    super();
    this._register(vscode.window.registerFileDecorationProvider(this));
    this._register(store.onDidChange((adapter) => this.#soon(adapter)));
    this._register(settings.onDidChange(() => this.#changed.fire(undefined)));
    this._register({ dispose: () => clearTimeout(this.#timer) });
  }

  provideFileDecoration(uri: vscode.Uri): vscode.FileDecoration | undefined {
    if (uri.scheme !== 'file' || !this.settings.get('fileBadges.enabled')) return undefined;
    const state = this.#stateOf(uri.fsPath);
    if (state === undefined) return undefined;
    const flagged = flaggedCount(state.verdicts);
    if (flagged === 0) return undefined;
    const total = formatCount(state.verdicts.length);
    const tooltip = vscode.l10n.t('{0} of {1} LoRA modules flagged', formatCount(flagged), total);
    const stale = state.stale === null ? '' : `. ${staleText(state.stale)}`;
    const color = new vscode.ThemeColor('list.warningForeground');
    return new vscode.FileDecoration(badgeText(flagged), tooltip + stale, color);
  }

  #stateOf(file: string): AdapterState | undefined {
    const name = path.basename(file);
    if (isAdapterWeights(name)) return this.store.get(file);
    if (name !== ADAPTER_CONFIG) return undefined;
    return adapterInFolder(path.dirname(file), this.store.adapters, this.store.active?.adapter);
  }

  #soon(adapter: string | undefined): void {
    const adapters = adapter === undefined ? this.store.adapters.map((state) => state.adapter) : [adapter];
    for (const key of adapters) this.#pending.add(key);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const files = [...this.#pending].flatMap((key) => [key, path.join(path.dirname(key), ADAPTER_CONFIG)]);
      this.#pending.clear();
      this.#changed.fire(files.map((file) => vscode.Uri.file(file)));
    }, REFRESH_MS);
  }
}
