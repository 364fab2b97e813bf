import { naturalCompare } from '../../core/adapter/names';
import type { ModuleMeasure } from '../../core/ediem/types';
import type { ErrorData } from '../../core/errors';
import type { AnalysisDocument } from '../../core/report/analysis';
import { RESULT_KINDS } from '../../core/results';
import type { ResultDocument, ResultKind } from '../../core/results/types';
import {
  changePins,
  changeSelection,
  orderOf,
  rankables,
  rankModules,
  select,
  type SelectionEdit,
} from '../../core/selection/select';
import type { ModuleVerdict, Pins, SelectionOptions, Verdict } from '../../core/selection/types';
import type { ProgressEvent } from '../../protocol/engineApi';
import { Disposable } from '../disposable';
import { NO_CHANGE, type AdapterMemory, type SelectionChange } from './choices';
import { Emitter } from './emitter';
import { SelectionHistory } from './selectionHistory';
import type { AdapterState, Result, Results, RunState } from './types';

/** What the store needs from outside; all of it synchronous, so that listeners only see complete changes. */
export interface StoreParts {
  /** The analysis re-scored with its adapter's options; the same document if it has them. */
  readonly read: (document: AnalysisDocument) => AnalysisDocument;
  /** The selection in the settings. */
  readonly defaults: (adapter: string) => Omit<SelectionOptions, 'pins'>;
  readonly memory: Pick<AdapterMemory<SelectionChange>, 'get' | 'set'>;
}

interface Entry {
  state: AdapterState;
  change: SelectionChange;
}

const IDLE: RunState = { kind: 'idle' };

/** The one place that knows results, rules and pins. */
export class AdapterStore extends Disposable {
  readonly #entries = new Map<string, Entry>();
  readonly #emitter = this._register(new Emitter<string | undefined>());
  readonly #pending = new Set<string | undefined>();
  readonly #history = new SelectionHistory();
  /** Cached keys in the order of `adapters`, and their states. */
  #order: readonly string[] | undefined;
  #adapters: readonly AdapterState[] | undefined;
  #active: string | undefined;

  /** Fires with the adapter's key, at most once a tick for each; undefined: the list of adapters changed. */
  readonly onDidChange = this.#emitter.event;

  constructor(private readonly parts: StoreParts) {
    super();
  }

  /** Adapters found in the workspace or opened by hand, in path order. */
  get adapters(): readonly AdapterState[] {
    this.#order ??= [...this.#entries.keys()].sort(inPathOrder);
    this.#adapters ??= this.#order.flatMap((adapter) => this.get(adapter) ?? []);
    return this.#adapters;
  }

  /** The adapter that panel and status bar follow. */
  get active(): AdapterState | null {
    return this.#active === undefined ? null : (this.get(this.#active) ?? null);
  }

  get(adapter: string): AdapterState | undefined {
    return this.#entries.get(adapter)?.state;
  }

  result(kind: ResultKind, adapter: string): Result | undefined {
    return this.get(adapter)?.results[kind.id];
  }

  /** Whether this session neither has, cleared nor makes a result of the kind: then a cached one may be shown. */
  lacks(kind: ResultKind, adapter: string): boolean {
    const { results = {}, run = IDLE } = this.get(adapter) ?? {};
    return !(kind.id in results) && !(kind.id === RESULT_KINDS.analysis.id && run.kind === 'running');
  }

  setActive(adapter: string): void {
    if (!this.#entries.has(adapter) || this.#active === adapter) return;
    const before = this.#active;
    this.#active = adapter;
    if (before !== undefined) this.#changed(before);
    this.#changed(adapter);
  }

  /** Changes rule or ranking as `changeSelection` does. Verdicts are computed at once; no weights are read. */
  setSelection(adapter: string, change: SelectionEdit): void {
    const entry = this.#entries.get(adapter);
    if (entry === undefined) return;
    const { document, selection } = entry.state;
    const { order, ...merged } = { ...entry.change.selection, ...change };
    const isNewScore = change.rankBy !== undefined && change.order === undefined;
    const { rule } = changeSelection(selection, change, (by) =>
      rankModules(rankables(document?.modules ?? [], by.rankBy), orderOf(by)),
    );
    const isRule = Object.keys(change).every((field) => field === 'rule');
    this.#recordSelection(
      entry,
      {
        ...entry.change,
        selection: {
          ...merged,
          ...(order === undefined || isNewScore ? {} : { order }),
          ...(rule === selection.rule ? {} : { rule }),
        },
      },
      isRule,
    );
  }

  /** Pins modules, or with null unpins them. */
  pin(adapter: string, modules: readonly string[], verdict: Verdict | null): void {
    const pins = this.#entries.get(adapter)?.change.pins;
    if (pins !== undefined && modules.length > 0) this.setPins(adapter, changePins(pins, modules, verdict));
  }

  /** Replaces all pins. */
  setPins(adapter: string, pins: Pins): void {
    const entry = this.#entries.get(adapter);
    if (entry !== undefined) this.#recordSelection(entry, { ...entry.change, pins });
  }

  /** Takes rule, ranking and order from the settings again, without pins. */
  resetSelection(adapter: string): void {
    const entry = this.#entries.get(adapter);
    if (entry !== undefined) this.#recordSelection(entry, NO_CHANGE);
  }

  /** Takes back the last change of a selection. @param adapter absent: the one that was changed last. @returns its key */
  undoSelection(adapter?: string): string | undefined {
    return this.#step('undo', adapter);
  }

  redoSelection(adapter?: string): string | undefined {
    return this.#step('redo', adapter);
  }

  #step(way: 'undo' | 'redo', adapter = this.#history.latest(way)): string | undefined {
    const entry = adapter === undefined ? undefined : this.#entries.get(adapter);
    const change = entry && this.#history[way](entry.state.adapter, entry.change);
    if (entry === undefined || change === undefined) return undefined;
    this.#changeSelection(entry, change);
    return entry.state.adapter;
  }

  /** Does nothing for a known adapter. */
  add(adapter: string): void {
    if (this.#entries.has(adapter)) return;
    const change = this.parts.memory.get(adapter);
    const state: AdapterState = {
      adapter,
      results: {},
      document: null,
      selection: this.#selection(adapter, change),
      verdicts: [],
      stale: null,
      run: IDLE,
    };
    this.#entries.set(adapter, { state, change });
    this.#order = undefined;
    this.#changed(undefined);
  }

  remove(adapter: string): void {
    if (!this.#entries.delete(adapter)) return;
    this.#history.forget(adapter);
    this.#order = undefined;
    if (this.#active === adapter) this.#active = undefined;
    this.#changed(undefined);
  }

  setGone(adapter: string, isGone: boolean): void {
    if ((this.get(adapter)?.isGone ?? false) !== isGone) this.#update(adapter, { isGone });
  }

  /** Shows a new or restored result, or with null clears it; adds the adapter. An analysis ends its run. */
  setResult<D extends ResultDocument>(
    kind: ResultKind<D>,
    adapter: string,
    document: D | null,
    stale: string | null = null,
  ): void {
    this.add(adapter);
    const run = kind.id === RESULT_KINDS.analysis.id ? { run: IDLE } : {};
    this.#setResult(kind.id, adapter, document === null ? undefined : { document, stale }, run);
  }

  setDocument(adapter: string, document: AnalysisDocument | null, stale: string | null = null): void {
    this.setResult(RESULT_KINDS.analysis, adapter, document, stale);
  }

  setStale(kind: ResultKind, adapter: string, stale: string | null): void {
    const result = this.result(kind, adapter);
    if (result !== undefined && result.stale !== stale)
      this.#setResult(kind.id, adapter, { ...result, stale });
  }

  /** Re-scores all analyses whose options changed. */
  readingsChanged(): void {
    for (const { state } of this.#entries.values()) {
      const results = this.#read(state.results);
      if (results !== state.results) this.#update(state.adapter, { results });
    }
  }

  setProgress(adapter: string, progress: ProgressEvent | null, measured: readonly ModuleMeasure[]): void {
    this.add(adapter);
    this.#update(adapter, { run: { kind: 'running', progress, measured } });
  }

  setIdle(adapter: string): void {
    this.#update(adapter, { run: IDLE });
  }

  setFailed(adapter: string, error: ErrorData): void {
    this.add(adapter);
    this.#update(adapter, { run: { kind: 'failed', error } });
  }

  /** Takes rule, order and score from the settings again, except what the user changed. */
  defaultsChanged(): void {
    for (const { state, change } of this.#entries.values())
      this.#update(state.adapter, { selection: this.#selection(state.adapter, change) });
  }

  #selection(adapter: string, change: SelectionChange): SelectionOptions {
    const defaults = this.parts.defaults(adapter);
    const { order: _order, ...orderless } = defaults;
    const kept = change.selection.rankBy === undefined ? defaults : orderless;
    return { ...kept, ...change.selection, pins: change.pins };
  }

  #recordSelection(entry: Entry, change: SelectionChange, isRule = false): void {
    const before = entry.change;
    this.#changeSelection(entry, change);
    this.#history.record(entry.state.adapter, before, isRule);
  }

  /** Whole or not at all: a rule that `select` refuses changes nothing. */
  #changeSelection(entry: Entry, change: SelectionChange): void {
    const { adapter } = entry.state;
    this.#update(adapter, { selection: this.#selection(adapter, change) });
    entry.change = change;
    this.parts.memory.set(adapter, change);
  }

  #setResult(
    id: string,
    adapter: string,
    result: Result | undefined,
    change: Partial<AdapterState> = {},
  ): void {
    const results = this.#read({ ...this.get(adapter)?.results, [id]: result });
    this.#update(adapter, { ...change, results });
  }

  #update(adapter: string, change: Partial<AdapterState>): void {
    const entry = this.#entries.get(adapter);
    if (entry === undefined) return;
    const before = entry.state;
    const state = { ...before, ...change };
    const { document, stale } = state.results.analysis ?? { document: null, stale: null };
    const isSame = document === before.document && state.selection === before.selection;
    const verdicts = isSame ? before.verdicts : this.#verdicts(document, state.selection);
    entry.state = { ...state, document, stale, verdicts };
    this.#changed(adapter);
  }

  #read(results: Results): Results {
    const { analysis } = results;
    if (analysis === undefined) return results;
    const document = this.parts.read(analysis.document);
    return document === analysis.document ? results : { ...results, analysis: { ...analysis, document } };
  }

  #verdicts(document: AnalysisDocument | null, selection: SelectionOptions): readonly ModuleVerdict[] {
    if (document === null) return [];
    const known = new Set(document.modules.map((module) => module.module));
    const { keep, prune } = selection.pins;
    // A pin can outlive its module when the adapter is trained again; it must not make the whole rule fail.
    const pins = {
      keep: keep.filter((name) => known.has(name)),
      prune: prune.filter((name) => known.has(name)),
    };
    return select(document.modules, { ...selection, pins });
  }

  #changed(adapter: string | undefined): void {
    this.#adapters = undefined;
    if (this.#pending.size === 0) queueMicrotask(() => this.#flush());
    this.#pending.add(adapter);
  }

  #flush(): void {
    const keys = [...this.#pending];
    this.#pending.clear();
    if (this.isDisposed) return;
    for (const key of keys) this.#emitter.fire(key);
  }
}

/** Natural order (checkpoint-200 before checkpoint-1000), ignoring case, folder by folder: `run` before `run-splora`. */
function inPathOrder(x: string, y: string): number {
  const key = (adapter: string): string => adapter.toLowerCase().replace(/[\\/]/g, '\0');
  return naturalCompare(key(x), key(y));
}

/** What surfaces see of the store: they render it, listen, and change rule and pins; the rest is for commands. */
export type AnalysisStore = Pick<
  AdapterStore,
  | 'adapters'
  | 'active'
  | 'onDidChange'
  | 'get'
  | 'setActive'
  | 'setSelection'
  | 'pin'
  | 'setPins'
  | 'resetSelection'
  | 'undoSelection'
  | 'redoSelection'
  | 'dispose'
>;
