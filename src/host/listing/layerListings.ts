import * as vscode from 'vscode';
import { evidenceOf } from '../../core/evidence/evidence';
import { selectedCount } from '../../core/selection/select';
import { visibleText } from '../../core/report/escape';
import { listLayers, type LayerListing, type ListedModule } from '../../core/report/layerListing';
import type { ModuleVerdict } from '../../core/selection/types';
import { Disposable } from '../disposable';
import { adapterLabel, formatCount, selectedText, standOutText, staleText } from '../format';
import { scoreLabel } from '../hover/wording';
import { SCHEMES } from '../ids';
import { AdapterRefresh } from '../state/adapterRefresh';
import type { AnalysisStore } from '../state/analysisStore';
import type { AdapterState } from '../state/types';

/** A dragged cut changes verdicts many times a second; the text follows at this pace. */
const REFRESH_MS = 150;

/** Read-only documents with one line for each module of an adapter. */
export class LayerListings extends Disposable implements vscode.TextDocumentContentProvider {
  readonly #changed = this._register(new vscode.EventEmitter<vscode.Uri>());
  /** Keyed by verdicts: a new selection makes a new listing, and so does a new stale mark. */
  readonly #made = new WeakMap<readonly ModuleVerdict[], { stale: string | null; listing: LayerListing }>();

  readonly onDidChange = this.#changed.event;

  constructor(private readonly store: AnalysisStore) {
    super();
    this._register(vscode.workspace.registerTextDocumentContentProvider(SCHEMES.layers, this));
    const refresh = (adapters: readonly string[]): void =>
      adapters.forEach((adapter) => this.#changed.fire(listingUri(adapter)));
    this._register(new AdapterRefresh(store, REFRESH_MS, refresh));
    const asListing = (document: vscode.TextDocument): void => {
      if (document.uri.scheme !== SCHEMES.layers || document.languageId === SCHEMES.layers) return;
      // Without the language the text is the same, only without settings of its own.
      vscode.languages.setTextDocumentLanguage(document, SCHEMES.layers).then(undefined, () => undefined);
    };
    this._register(vscode.workspace.onDidOpenTextDocument(asListing));
  }

  /** Opens the listing of an adapter, on a module where one is named. */
  async show(adapter: string, module?: string): Promise<void> {
    const uri = listingUri(adapter);
    const document = await vscode.workspace.openTextDocument(uri);
    const place = this.#modules(adapter).find((one) => one.module === module);
    await vscode.window.showTextDocument(document, place === undefined ? {} : { selection: rangeOf(place) });
  }

  at(uri: vscode.Uri, line: number): (ListedModule & { readonly adapter: string }) | undefined {
    const adapter = adapterOfListing(uri);
    const listed = this.#modules(adapter).find((one) => one.line === line);
    return listed === undefined ? undefined : { ...listed, adapter };
  }

  places(adapter: string): ReadonlyMap<string, ListedModule> {
    return new Map(this.#modules(adapter).map((listed) => [listed.module, listed]));
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    const state = this.store.get(adapterOfListing(uri));
    if (state?.document === null || state === undefined) {
      return `# ${vscode.l10n.t('This adapter has no scores yet. Analyze it first.')}\n`;
    }
    return this.#listing(state)?.text ?? '';
  }

  #modules(adapter: string): readonly ListedModule[] {
    const state = this.store.get(adapter);
    return (state === undefined ? undefined : this.#listing(state))?.modules ?? [];
  }

  #listing(state: AdapterState): LayerListing | undefined {
    const { document, verdicts, selection, stale } = state;
    if (document === null) return undefined;
    const cached = this.#made.get(verdicts);
    if (cached?.stale === stale) return cached.listing;
    const counts = vscode.l10n.t(
      '{0} modules, {1}, {2}, ranked by {3}',
      formatCount(document.modules.length),
      standOutText(evidenceOf(document).standsOut.length),
      selectedText(selectedCount(verdicts), verdicts.length),
      scoreLabel(selection.rankBy),
    );
    // As many head lines with and without the mark, so that lines of modules do not move.
    const head = [
      vscode.l10n.t('Layers of {0}', adapterLabel(state.adapter)),
      vscode.l10n.t('base {0}, aligned {1}', document.base, document.aligned),
      stale === null ? counts : `${counts}. ${staleText(stale)}`,
    ];
    const listing = listLayers(document, verdicts, selection.rankBy, head, (label) => vscode.l10n.t(label));
    this.#made.set(verdicts, { stale, listing });
    return listing;
  }
}

export function rangeOf({ line, start, end }: ListedModule): vscode.Range {
  return new vscode.Range(line, start, line, end);
}

/** The document that lists an adapter. Its name is what the tab shows. */
export function listingUri(adapter: string): vscode.Uri {
  const name = visibleText(adapterLabel(adapter)).replace(/[\\/]/g, '∕');
  return vscode.Uri.from({
    scheme: SCHEMES.layers,
    path: `/${name}.layers`,
    query: adapter,
  });
}

function adapterOfListing(uri: vscode.Uri): string {
  return uri.query;
}
