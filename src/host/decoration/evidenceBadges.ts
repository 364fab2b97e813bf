import * as path from 'node:path';
import * as vscode from 'vscode';
import { visibleText } from '../../core/report/escape';
import { evidenceOf } from '../../core/evidence/evidence';
import { adapterInFolder } from '../diagnostics/problems';
import { Disposable } from '../disposable';
import { standOutText, staleText } from '../format';
import { ADAPTER_CONFIG, isAdapterWeights } from '../ids';
import type { Settings } from '../settings';
import { AdapterRefresh } from '../state/adapterRefresh';
import type { AnalysisStore } from '../state/analysisStore';
import type { AdapterState } from '../state/types';

/** A dragged cut changes the state many times a second; badges follow at this pace. */
const REFRESH_MS = 200;
/** VS Code draws two characters at most, and throws on more. */
const MAX_SHOWN = 99;

/** The number of modules that stand out on adapter files and their configs, in Explorer and tabs. */
export class EvidenceBadges extends Disposable implements vscode.FileDecorationProvider {
  readonly #changed = this._register(new vscode.EventEmitter<vscode.Uri[] | undefined>());

  readonly onDidChangeFileDecorations = this.#changed.event;

  constructor(
    private readonly store: AnalysisStore,
    private readonly settings: Settings,
  ) {
    super();
    this._register(vscode.window.registerFileDecorationProvider(this));
    this._register(new AdapterRefresh(store, REFRESH_MS, (adapters) => this.#refresh(adapters)));
    this._register(settings.onDidChange(() => this.#changed.fire(undefined)));
  }

  provideFileDecoration(uri: vscode.Uri): vscode.FileDecoration | undefined {
    if (uri.scheme !== 'file' || !this.settings.get('fileBadges.enabled')) return undefined;
    const state = this.#stateOf(uri.fsPath);
    if (state?.document == null) return undefined;
    const { length: count } = evidenceOf(state.document).standsOut;
    if (count === 0) return undefined;
    const tooltip = standOutText(count);
    const stale = state.stale === null ? '' : `. ${staleText(visibleText(state.stale))}`;
    const color = new vscode.ThemeColor('list.warningForeground');
    return new vscode.FileDecoration(count > MAX_SHOWN ? '9+' : String(count), tooltip + stale, color);
  }

  #stateOf(file: string): AdapterState | undefined {
    const name = path.basename(file);
    if (isAdapterWeights(name)) return this.store.get(file);
    if (name !== ADAPTER_CONFIG) return undefined;
    return adapterInFolder(path.dirname(file), this.store.adapters, this.store.active?.adapter);
  }

  #refresh(adapters: readonly string[]): void {
    const files = adapters.flatMap((adapter) => [adapter, path.join(path.dirname(adapter), ADAPTER_CONFIG)]);
    this.#changed.fire(files.map((file) => vscode.Uri.file(file)));
  }
}
