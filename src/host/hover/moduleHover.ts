import * as path from 'node:path';
import * as vscode from 'vscode';
import type { AnalysisDocument } from '../../core/report/analysis';
import { mentionAt, ModuleIndex, type Mention } from '../../core/report/moduleMentions';
import { Disposable } from '../disposable';
import { ADAPTER_CONFIG, SCHEMES } from '../ids';
import type { LayerListings } from '../listing/layerListings';
import type { Settings } from '../settings';
import type { AnalysisStore } from '../state/analysisStore';
import type { AdapterState } from '../state/types';
import { moduleViews } from '../tree/treeModel';
import { groupByRun } from '../state/runSteps';
import { appendSteps, groupMarkdown, moduleMarkdown } from './moduleMarkdown';
import { byNearness } from './nearest';

/** Texts that name modules: configs, notes, scripts, logs of training and evaluation. */
const SELECTOR: vscode.DocumentSelector = [
  ...['json', 'jsonc', 'jsonl', 'yaml', 'python', 'markdown', 'log', 'plaintext', 'toml', 'csv'].map(
    (language) => ({
      language,
    }),
  ),
  { pattern: '**/*.{log,out,jsonl,txt}' },
  { scheme: SCHEMES.layers },
];

export class ModuleHover extends Disposable implements vscode.HoverProvider {
  readonly #indexes = new WeakMap<AnalysisDocument, ModuleIndex>();

  constructor(
    private readonly store: AnalysisStore,
    private readonly settings: Settings,
    private readonly listings: LayerListings,
  ) {
    super();
    this._register(vscode.languages.registerHoverProvider(SELECTOR, this));
  }

  provideHover(document: vscode.TextDocument, position: vscode.Position): vscode.Hover | undefined {
    if (!this.settings.get('hover.enabled', document.uri)) return undefined;
    if (document.uri.scheme === SCHEMES.layers) return this.#inListing(document, position);
    const line = document.lineAt(position.line).text;
    const bare = path.posix.basename(document.uri.path) === ADAPTER_CONFIG;
    for (const state of this.#scoredStates(document.uri)) {
      const index = this.#index(state);
      const mention = index === undefined ? undefined : mentionAt(line, position.character, index, { bare });
      if (mention !== undefined)
        return hoverOf(state, mention, position.line, this.#steps(document.uri, state));
    }
    return undefined;
  }

  /** There a line is a module, whatever its name looks like. */
  #inListing(document: vscode.TextDocument, position: vscode.Position): vscode.Hover | undefined {
    const listed = this.listings.at(document.uri, position.line);
    const state = listed === undefined ? undefined : this.store.get(listed.adapter);
    if (listed === undefined || state === undefined) return undefined;
    const mention = { start: listed.start, end: listed.end, text: listed.module, modules: [listed.module] };
    return hoverOf(state, mention, position.line);
  }

  /** Adapters with results, the one first that the text is most likely about. */
  #scoredStates(uri: vscode.Uri): readonly AdapterState[] {
    const scored = this.store.adapters.filter(({ document }) => document !== null);
    const place = uri.scheme === 'file' ? uri.fsPath : undefined;
    const names = scored.map(({ adapter }) => adapter);
    return byNearness(place, names, this.store.active?.adapter).flatMap(
      (adapter) => this.store.get(adapter) ?? [],
    );
  }

  /** The analyzed adapters of the run that an adapter and a file belong to, in the order of their steps. */
  #steps({ scheme, fsPath }: vscode.Uri, { adapter }: AdapterState): readonly AdapterState[] {
    const run = groupByRun(this.store.adapters.map((state) => state.adapter)).find(
      (one) => typeof one !== 'string' && one.adapters.includes(adapter),
    );
    if (run === undefined || typeof run === 'string' || scheme !== 'file') return [];
    if (!fsPath.startsWith(run.folder + path.sep)) return [];
    const states = run.adapters.flatMap((one) => this.store.get(one) ?? []);
    return states.filter(({ document }) => document !== null);
  }

  #index({ document }: AdapterState): ModuleIndex | undefined {
    if (document === null) return undefined;
    const cached = this.#indexes.get(document);
    if (cached !== undefined) return cached;
    const made = new ModuleIndex(document.modules.map(({ module }) => module));
    this.#indexes.set(document, made);
    return made;
  }
}

/** @param steps the same adapter at other steps */
function hoverOf(
  state: AdapterState,
  { start, end, text, modules }: Mention,
  line: number,
  steps: readonly AdapterState[] = [],
): vscode.Hover | undefined {
  const [name] = modules;
  const view = name === undefined ? undefined : moduleViews(state).get(name);
  if (view === undefined) return undefined;
  const markdown = modules.length > 1 ? groupMarkdown(state, text, modules) : moduleMarkdown(state, view);
  appendSteps(markdown, steps, modules);
  return new vscode.Hover(markdown, new vscode.Range(line, start, line, end));
}
