import { readFile, stat } from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { visibleText } from '../../core/report/escape';
import { Disposable } from '../disposable';
import type { Log } from '../log';
import { scoreText } from '../hover/wording';
import {
  ADAPTER_CONFIG,
  COMMANDS,
  DIAGNOSTIC_SOURCE,
  SCHEMES,
  type CommandId,
  type ModuleTarget,
} from '../ids';
import { formatCount } from '../format';
import { listingUri, rangeOf, type LayerListings } from '../listing/layerListings';
import type { DiagnosticSeveritySetting } from '../settingDefinitions';
import type { Settings } from '../settings';
import { AdapterRefresh } from '../state/adapterRefresh';
import { isMissing } from '../state/keptResults';
import type { AnalysisStore } from '../state/analysisStore';
import type { AdapterState } from '../state/types';
import { moduleViews } from '../tree/treeModel';
import { entryMessage, loaderMessages, moduleMessage } from './messages';
import type { ConfigProblem } from './configProblems';
import { adapterInFolder, problemOf, type ProblemCode } from './problems';

/** A dragged cut changes verdicts many times a second; the Problems list follows at this pace. */
const REFRESH_MS = 200;
/** So many modules of an entry are listed below its problem. */
const MAX_RELATED = 20;

/** A diagnostic with its modules, for quick fixes. */
interface ModuleDiagnostic extends ModuleTarget {
  readonly diagnostic: vscode.Diagnostic;
  readonly code: ProblemCode;
}

/**
 * Modules that stand out or have no score, if asked for the selected ones, and loaders that would not run the adapter, in the Problems list, with quick fixes: in the config of the adapter, and in its open layer
 * listing.
 */
export class ModuleDiagnostics extends Disposable implements vscode.CodeActionProvider {
  readonly #collection = this._register(vscode.languages.createDiagnosticCollection('splora'));
  readonly #shown = new Map<string, readonly ModuleDiagnostic[]>();
  readonly #drawn: AdapterRefresh;

  constructor(
    private readonly store: AnalysisStore,
    private readonly settings: Settings,
    private readonly listings: LayerListings,
    log: Log,
  ) {
    super();
    this.#drawn = this._register(
      new AdapterRefresh(store, REFRESH_MS, (adapters) => {
        this.#refresh(adapters).catch((thrown: unknown) =>
          log.error(`Diagnostics failed: ${String(thrown)}`),
        );
      }),
    );
    this._register(settings.onDidChange(() => this.#drawn.soon(undefined)));
    this._register(vscode.workspace.onDidChangeTextDocument(({ document }) => this.#edited(document.uri)));
    this._register(vscode.workspace.onDidOpenTextDocument(({ uri }) => this.#edited(uri)));
    this._register(vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#edited(uri)));
    const selector = [{ scheme: 'file', pattern: `**/${ADAPTER_CONFIG}` }, { scheme: SCHEMES.layers }];
    const metadata = { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] };
    this._register(vscode.languages.registerCodeActionsProvider(selector, this, metadata));
    this.#drawn.soon(undefined);
  }

  provideCodeActions(document: vscode.TextDocument, range: vscode.Range): vscode.CodeAction[] {
    const shown = this.#shown.get(document.uri.toString()) ?? [];
    return shown
      .filter(({ diagnostic }) => diagnostic.range.intersection(range) !== undefined)
      .flatMap(quickFixes);
  }

  #edited(uri: vscode.Uri): void {
    const isConfig = uri.scheme === 'file' && path.basename(uri.fsPath) === ADAPTER_CONFIG;
    if (!isConfig && uri.scheme !== SCHEMES.layers) return;
    const folder = isConfig ? path.dirname(uri.fsPath) : undefined;
    for (const { adapter } of this.store.adapters) {
      if (
        folder === undefined
          ? listingUri(adapter).toString() === uri.toString()
          : path.dirname(adapter) === folder
      )
        this.#drawn.soon(adapter);
    }
  }

  async #refresh(adapters: readonly string[]): Promise<void> {
    for (const adapter of adapters) this.#refreshListing(adapter);
    for (const folder of new Set(adapters.map((adapter) => path.dirname(adapter))))
      await this.#refreshConfig(folder);
  }

  #refreshListing(adapter: string): void {
    const uri = listingUri(adapter);
    const state = this.store.get(adapter);
    const open = vscode.workspace.textDocuments.some(
      (document) => document.uri.toString() === uri.toString(),
    );
    const severity = this.#severity(adapter);
    if (!open || state === undefined || severity === 'off') return this.#show(uri, []);
    const places = this.listings.places(adapter);
    const withSelection = this.#withSelection(adapter);
    const found = [...moduleViews(state).values()].flatMap((view): ModuleDiagnostic[] => {
      const code = problemOf(view, withSelection);
      const place = places.get(view.result.module);
      if (code === undefined || place === undefined) return [];
      const diagnostic = make(rangeOf(place), moduleMessage(state, code, view), code, severity);
      return [{ diagnostic, code, adapter, modules: [view.result.module] }];
    });
    this.#show(uri, found);
  }

  async #refreshConfig(folder: string): Promise<void> {
    const uri = configUri(folder);
    const before = this.#owner(folder);
    const severity = before === undefined ? 'off' : this.#severity(before.adapter);
    if (severity === 'off') return this.#show(uri, []);
    // Matching names as loaders do takes much code, and most windows have no result to show.
    const { configProblems, MAX_CONFIG_CHARS } = await import('./configProblems');
    const text = await readConfig(uri, MAX_CONFIG_CHARS);
    // The state may have changed while the file was read.
    const state = this.#owner(folder);
    if (state === undefined || text === undefined) return this.#show(uri, []);
    const starts = lineStarts(text);
    this.#show(uri, [
      ...configProblems(text, state, this.#withSelection(state.adapter)).map((problem) =>
        this.#inConfig(state, problem, starts, severity),
      ),
      ...loaderDiagnostics(state, severity),
    ]);
  }

  #inConfig(
    state: AdapterState,
    problem: ConfigProblem,
    starts: readonly number[],
    severity: DiagnosticSeveritySetting,
  ): ModuleDiagnostic {
    const { adapter } = state;
    const range = new vscode.Range(positionAt(starts, problem.start), positionAt(starts, problem.end));
    const diagnostic = make(range, entryMessage(state, problem), problem.code, severity);
    const places = this.listings.places(adapter);
    diagnostic.relatedInformation = problem.modules.slice(0, MAX_RELATED).flatMap(({ result }) => {
      const place = places.get(result.module);
      if (place === undefined) return [];
      const location = new vscode.Location(listingUri(adapter), rangeOf(place));
      const text = `${visibleText(result.module)}: ${scoreText(result, state.selection.rankBy)}`;
      return [new vscode.DiagnosticRelatedInformation(location, text)];
    });
    return {
      diagnostic,
      code: problem.code,
      adapter,
      modules: problem.modules.map(({ result }) => result.module),
    };
  }

  #owner(folder: string): AdapterState | undefined {
    return adapterInFolder(folder, this.store.adapters, this.store.active?.adapter);
  }

  #severity(adapter: string): DiagnosticSeveritySetting {
    return this.settings.get('diagnostics.severity', vscode.Uri.file(adapter));
  }

  #withSelection(adapter: string): boolean {
    return this.settings.get('diagnostics.selection', vscode.Uri.file(adapter));
  }

  #show(uri: vscode.Uri, found: readonly ModuleDiagnostic[]): void {
    if (this.isDisposed) return;
    if (found.length === 0) this.#shown.delete(uri.toString());
    else this.#shown.set(uri.toString(), found);
    this.#collection.set(uri, found.length === 0 ? undefined : found.map(({ diagnostic }) => diagnostic));
  }
}

/** At the top of a config: what is wrong may be the names, the weights, or a field that is missing. */
function loaderDiagnostics(
  state: AdapterState,
  severity: Exclude<DiagnosticSeveritySetting, 'off'>,
): readonly ModuleDiagnostic[] {
  const { adapter } = state;
  const code = 'splora.loader';
  return loaderMessages(state).map((message) => {
    const diagnostic = make(new vscode.Range(0, 0, 0, 1), message, code, severity);
    return { diagnostic, code, adapter, modules: [] };
  });
}

const SEVERITIES = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  information: vscode.DiagnosticSeverity.Information,
  hint: vscode.DiagnosticSeverity.Hint,
} as const;

function make(
  range: vscode.Range,
  message: string,
  code: ProblemCode,
  setting: DiagnosticSeveritySetting,
): vscode.Diagnostic {
  const evidence = setting === 'off' ? SEVERITIES.hint : SEVERITIES[setting];
  const isChoice = code === 'splora.selected' || code === 'splora.pinned';
  const quiet = isChoice || evidence === SEVERITIES.hint ? SEVERITIES.hint : SEVERITIES.information;
  const diagnostic = new vscode.Diagnostic(range, message, code === 'splora.standsOut' ? evidence : quiet);
  diagnostic.source = DIAGNOSTIC_SOURCE;
  diagnostic.code = code;
  return diagnostic;
}

function configUri(folder: string): vscode.Uri {
  return vscode.Uri.file(path.join(folder, ADAPTER_CONFIG));
}

/** The text with unsaved edits; undefined without a config, or if it is too large. */
async function readConfig(uri: vscode.Uri, maxBytes: number): Promise<string | undefined> {
  const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
  if (open !== undefined) return open.getText();
  try {
    const found = await stat(uri.fsPath);
    // Opening a pipe would wait for ever.
    if (!found.isFile() || found.size > maxBytes) return undefined;
    return (await readFile(uri.fsPath, 'utf8')).replace(/^\uFEFF/, '');
  } catch (thrown) {
    if (isMissing(thrown)) return undefined;
    throw thrown;
  }
}

/** Offsets at which lines begin. */
function lineStarts(text: string): readonly number[] {
  return [0, ...[...text.matchAll(/\r\n|\r|\n/g)].map((match) => match.index + match[0].length)];
}

function positionAt(starts: readonly number[], offset: number): vscode.Position {
  const line = Math.max(
    0,
    starts.findLastIndex((start) => start <= offset),
  );
  return new vscode.Position(line, offset - (starts[line] ?? 0));
}

/** Pin as keep, prune, unpin and open scores; of loaders, their check. */
function quickFixes(found: ModuleDiagnostic): vscode.CodeAction[] {
  const { modules, code } = found;
  if (code === 'splora.loader') return [willItLoad(found)];
  const [only] = modules;
  const one = modules.length === 1 && only !== undefined ? visibleText(only) : undefined;
  const count = formatCount(modules.length);
  const keep =
    one === undefined
      ? vscode.l10n.t('Pin {0} Modules as Keep', count)
      : vscode.l10n.t('Pin as Keep: {0}', one);
  const prune =
    one === undefined
      ? vscode.l10n.t('Pin {0} Modules as Prune', count)
      : vscode.l10n.t('Pin as Prune: {0}', one);
  const unpin =
    one === undefined ? vscode.l10n.t('Unpin {0} Modules', count) : vscode.l10n.t('Unpin: {0}', one);
  const first = visibleText(only ?? '');
  const open = action(found, vscode.l10n.t('Open Scores: {0}', first), COMMANDS.revealModule);
  if (code === 'splora.pinned') {
    return [action(found, unpin, COMMANDS.unpin), action(found, keep, COMMANDS.pinKeep), open];
  }
  const prunes = action(found, prune, COMMANDS.pinPrune);
  return code === 'splora.selected' ? [action(found, keep, COMMANDS.pinKeep), prunes, open] : [prunes, open];
}

function willItLoad({ adapter, diagnostic }: ModuleDiagnostic): vscode.CodeAction {
  const title = vscode.l10n.t('Will It Load?');
  const made = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
  made.command = { command: COMMANDS.checkLoad, title, arguments: [adapter] };
  made.diagnostics = [diagnostic];
  return made;
}

function action(found: ModuleDiagnostic, title: string, command: CommandId): vscode.CodeAction {
  const { adapter, modules, diagnostic } = found;
  const made = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
  made.command = { command, title, arguments: [{ kind: 'module', adapter, modules }] };
  made.diagnostics = [diagnostic];
  return made;
}
