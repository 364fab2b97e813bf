import { naturalCompare } from '../../core/adapter/names';
import type { ModuleMeasure } from '../../core/ediem/types';
import type { ErrorData } from '../../core/errors';
import type { AnalysisDocument } from '../../core/report/analysis';
import {
  changePins,
  changeSelection,
  orderOf,
  rankables,
  rankModules,
  type SelectionEdit,
} from '../../core/selection/select';
import type { ModuleVerdict, Pins, SelectionOptions, Verdict } from '../../core/selection/types';
import type { ProgressEvent } from '../../protocol/engineApi';
import { Disposable } from '../disposable';
import { Emitter } from './emitter';
import type { AdapterState, AnalysisStore, RunState } from './types';

/** What a person changed of an adapter's selection; the rest follows the settings. */
export interface SelectionChange {
  readonly selection: SelectionEdit;
  readonly pins: Pins;
}

/** What the store needs from outside; all of it synchronous, so that a change is whole before anyone hears of it. */
export interface StoreParts {
  /** Rule and pins -> what becomes of each module of the document, in its order. */
  readonly select: (document: AnalysisDocument, selection: SelectionOptions) => readonly ModuleVerdict[];
  /** A result in the reading that holds for its adapter; the same document where it is read so already. */
  readonly read: (document: AnalysisDocument) => AnalysisDocument;
  /** The rule that the settings ask for, for an adapter that nobody changed by hand. */
  readonly defaults: (adapter: string) => Omit<SelectionOptions, 'pins'>;
  /** What was kept of an earlier session; undefined: nothing. */
  readonly remembered: (adapter: string) => SelectionChange | undefined;
  readonly remember: (adapter: string, change: SelectionChange) => void;
}

interface Entry {
  state: AdapterState;
  change: SelectionChange;
}

const NO_PINS: Pins = { keep: [], prune: [] };
const NO_CHANGE: SelectionChange = { selection: {}, pins: NO_PINS };
const IDLE: RunState = { kind: 'idle' };

/** The store behind every surface: see `AnalysisStore` for what surfaces may do, the rest is for commands. */
export class AdapterStore extends Disposable implements AnalysisStore {
  readonly #parts: StoreParts;
  readonly #entries = new Map<string, Entry>();
  readonly #emitter = this._register(new Emitter<string | undefined>());
  readonly #pending = new Set<string | undefined>();
  /** Keys in the order of `adapters`, and the states in it; undefined: to be made anew. */
  #order: readonly string[] | undefined;
  #adapters: readonly AdapterState[] | undefined;
  #active: string | undefined;

  readonly onDidChange = this.#emitter.event;

  constructor(parts: StoreParts) {
    super();
    this.#parts = parts;
  }

  get adapters(): readonly AdapterState[] {
    this.#order ??= [...this.#entries.keys()].sort(inPathOrder);
    this.#adapters ??= this.#order.flatMap((adapter) => this.get(adapter) ?? []);
    return this.#adapters;
  }

  get active(): AdapterState | null {
    return this.#active === undefined ? null : (this.get(this.#active) ?? null);
  }

  get(adapter: string): AdapterState | undefined {
    return this.#entries.get(adapter)?.state;
  }

  setActive(adapter: string): void {
    if (!this.#entries.has(adapter) || this.#active === adapter) return;
    const before = this.#active;
    this.#active = adapter;
    if (before !== undefined) this.#changed(before);
    this.#changed(adapter);
  }

  setSelection(adapter: string, change: SelectionEdit): void {
    const entry = this.#entries.get(adapter);
    if (entry === undefined) return;
    const { document, selection } = entry.state;
    const { order, ...merged } = { ...entry.change.selection, ...change };
    const isNewScore = change.rankBy !== undefined && change.order === undefined;
    const { rule } = changeSelection(selection, change, (by) =>
      rankModules(rankables(document?.modules ?? [], by.rankBy), orderOf(by)),
    );
    this.#changeSelection(entry, {
      ...entry.change,
      selection: {
        ...merged,
        ...(order === undefined || isNewScore ? {} : { order }),
        ...(rule === selection.rule ? {} : { rule }),
      },
    });
  }

  pin(adapter: string, modules: readonly string[], verdict: Verdict | null): void {
    const entry = this.#entries.get(adapter);
    if (entry === undefined || modules.length === 0) return;
    this.#changeSelection(entry, {
      ...entry.change,
      pins: changePins(entry.change.pins, modules, verdict),
    });
  }

  /** Makes an adapter known; one that is known already stays as it is. */
  add(adapter: string): void {
    if (this.#entries.has(adapter)) return;
    const change = this.#parts.remembered(adapter) ?? NO_CHANGE;
    const state: AdapterState = {
      adapter,
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

  /** Forgets an adapter whose files are gone. */
  remove(adapter: string): void {
    if (!this.#entries.delete(adapter)) return;
    this.#order = undefined;
    if (this.#active === adapter) this.#active = undefined;
    this.#changed(undefined);
  }

  /** A result, new or restored; null takes it back. The adapter is added if need be. */
  setDocument(adapter: string, document: AnalysisDocument | null, stale: string | null = null): void {
    this.add(adapter);
    this.#update(adapter, {
      document: document === null ? null : this.#parts.read(document),
      stale,
      run: IDLE,
    });
  }

  /** Reads the measurements of all results again where that changed; what runs and what is stale stays so. */
  readingsChanged(): void {
    for (const { state } of this.#entries.values()) {
      const document = state.document === null ? null : this.#parts.read(state.document);
      if (document !== state.document) this.#update(state.adapter, { document });
    }
  }

  setStale(adapter: string, stale: string | null): void {
    if (this.get(adapter)?.stale !== stale) this.#update(adapter, { stale });
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

  /** Takes rule, order and score from the settings again where nobody changed them by hand. */
  defaultsChanged(): void {
    for (const entry of this.#entries.values()) this.#reselect(entry);
  }

  #selection(adapter: string, change: SelectionChange): SelectionOptions {
    const defaults = this.#parts.defaults(adapter);
    const { order: _order, ...orderless } = defaults;
    const kept = change.selection.rankBy === undefined ? defaults : orderless;
    return { ...kept, ...change.selection, pins: change.pins };
  }

  /** Whole or not at all: a rule that `select` refuses changes nothing. */
  #changeSelection(entry: Entry, change: SelectionChange): void {
    const { adapter } = entry.state;
    this.#update(adapter, { selection: this.#selection(adapter, change) });
    entry.change = change;
    this.#parts.remember(adapter, change);
  }

  #reselect(entry: Entry): void {
    const { adapter } = entry.state;
    this.#update(adapter, { selection: this.#selection(adapter, entry.change) });
  }

  #update(adapter: string, change: Partial<AdapterState>): void {
    const entry = this.#entries.get(adapter);
    if (entry === undefined) return;
    const state = { ...entry.state, ...change };
    const anew = change.selection !== undefined || change.document !== undefined;
    entry.state = anew ? { ...state, verdicts: this.#verdicts(state) } : state;
    this.#changed(adapter);
  }

  #verdicts(state: AdapterState): readonly ModuleVerdict[] {
    if (state.document === null) return [];
    const known = new Set(state.document.modules.map((module) => module.module));
    const { keep, prune } = state.selection.pins;
    // A pin can outlive its module when the adapter is trained anew; it must not make the whole rule fail.
    const pins = {
      keep: keep.filter((name) => known.has(name)),
      prune: prune.filter((name) => known.has(name)),
    };
    return this.#parts.select(state.document, { ...state.selection, pins });
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

/** Natural order (checkpoint-200 before checkpoint-1000), as in the Explorer whatever the case, folder by folder: `run` stands before `run-splora`. */
function inPathOrder(x: string, y: string): number {
  const parts = (adapter: string): string[] => adapter.toLowerCase().split(/[\\/]/);
  const [left, right] = [parts(x), parts(y)];
  for (const [index, part] of left.entries()) {
    const order = naturalCompare(part, right[index] ?? '');
    if (order !== 0) return order;
  }
  return left.length - right.length;
}
