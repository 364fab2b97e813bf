import type { ScoreName } from '../../src/core/ediem/types';
import { needsPopulation } from '../../src/core/report/scores';
import {
  changePins,
  changeSelection,
  decide,
  naturalOrder,
  orderOf,
  rankModules,
  type Rankable,
  type RankedBy,
  type Ranking,
  type SelectionEdit,
} from '../../src/core/selection/select';
import type { ModuleVerdict, Order, SelectionOptions, Verdict } from '../../src/core/selection/types';
import type {
  HostToPanel,
  ModuleTable,
  PanelDocument,
  PanelHeadline,
  PanelLoadCheck,
  PanelRun,
  PanelToHost,
} from '../../src/protocol/panel';
import { BehaviorModel } from '../behavior/model';
import { RepairModel } from '../repair/model';
import type { Column } from '../table/column';
import { isRecord } from '../../src/core/record';
import { parseSort, sortRows, type SelectMode, type Sort } from '../table/rows';
import { RowMarks } from '../table/rowMarks';
import { HIDEABLE_COLUMNS, MODULE_COLUMNS } from './columns';
import { commonPrefix, filterModules, SHOWS, type Filter, type ListedModules } from './rows';
import { appendRows, emptyTable, type GrowingTable } from './table';

/** What the user set on this page; restored after a reload of the window. */
export interface ViewState {
  readonly sort: Sort;
  readonly filter: Filter;
  readonly helpOpen: boolean;
  /** Ids of columns that the user hid. */
  readonly hidden: readonly string[];
}

export const INITIAL_VIEW: ViewState = {
  sort: { column: 'position', descending: false },
  filter: { text: '', show: 'all' },
  helpOpen: false,
  hidden: [],
};

/** What a page kept, perhaps in an earlier version: each part that this version knows, otherwise the initial one. */
export function parseView(kept: unknown): ViewState {
  const { sort, filter, helpOpen, hidden }: Partial<Record<string, unknown>> = isRecord(kept) ? kept : {};
  const show = isRecord(filter) ? SHOWS.find((one) => one === filter['show']) : undefined;
  const typed = isRecord(filter) ? filter['text'] : undefined;
  return {
    sort: parseSort(sort, MODULE_COLUMNS) ?? INITIAL_VIEW.sort,
    filter: show !== undefined && typeof typed === 'string' ? { text: typed, show } : INITIAL_VIEW.filter,
    helpOpen: helpOpen === true,
    hidden: Array.isArray(hidden)
      ? HIDEABLE_COLUMNS.map(({ id }) => id).filter((id) => hidden.includes(id))
      : INITIAL_VIEW.hidden,
  };
}

/**
 * What a change affects, so that views redraw only for their part, once a frame. `data`: names and scores; `selection`:
 * rule, verdicts, pins, trust; `run`: progress, failure, staleness; `view`: sort, filter, selected and active rows.
 */
type Part = 'data' | 'selection' | 'run' | 'view' | 'check' | 'behavior' | 'repair' | 'headline';
export type Dirty = Readonly<Record<Part, boolean>>;

/** A drag is sent to the host at most this often. */
const SEND_EVERY_MS = 50;

/** Modules, and their order by a score. */
interface Ranked {
  readonly modules: readonly Rankable[];
  readonly ranking: Ranking;
}

/** Everything the page shows. Views read it; messages and gestures change it. */
export class PageModel implements ListedModules {
  document: PanelDocument | null = null;
  /** The user's changes apply here at once, and are then sent to the host. */
  selection: SelectionOptions | null = null;
  verdicts: readonly ModuleVerdict[] = [];
  run: PanelRun = { kind: 'idle' };
  stale: string | null = null;
  trusted = true;
  view: ViewState = INITIAL_VIEW;
  loadCheck: PanelLoadCheck = { kind: 'none' };
  headline: PanelHeadline = { sentences: [], next: [], isFinding: false };
  readonly behavior = new BehaviorModel(() => this.#changed('behavior'));
  readonly repair = new RepairModel(() => this.#changed('repair'));
  readonly marks = new RowMarks();
  /** False until the host sent the first state: an empty state before would only flash. */
  known = false;

  /** Of the last selection that the host sent. */
  #revision = 0;
  #unsent: SelectionEdit | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #rankings = new Map<string, Ranked>();
  readonly #post: (message: PanelToHost) => void;
  #live: GrowingTable = emptyTable();
  #rows: number[] | null = null;
  #prefix: string | null = null;
  readonly #dirty = new Set<Part>();
  readonly #onDirty: () => void;

  constructor(onDirty: () => void, post: (message: PanelToHost) => void) {
    this.#onDirty = onDirty;
    this.#post = post;
  }

  /** The modules of the document, or those measured so far. */
  get table(): ModuleTable {
    return this.document?.modules ?? this.#live;
  }

  /** During a first analysis the population is unknown, so there is no E-DIEM. */
  get isLive(): boolean {
    return this.document === null;
  }

  /** The score that the charts show: the one that ranks, once it is known. */
  get shownScore(): ScoreName {
    const rankBy = this.selection?.rankBy ?? 'ediemIqr';
    return this.isLive && needsPopulation(rankBy) ? 'distance' : rankBy;
  }

  get shownOrder(): Order {
    const score = this.shownScore;
    const { selection } = this;
    return selection?.rankBy === score ? orderOf(selection) : naturalOrder(score);
  }

  /** A score of each ranked module; null for the others. */
  ranked(score: ScoreName): readonly (number | null)[] {
    const { replaced, scores } = this.table;
    if (!replaced.includes(true)) return scores[score];
    return scores[score].map((value, index) => (replaced[index] === true ? null : value));
  }

  /** Indices of the listed modules, sorted and filtered. */
  get rows(): readonly number[] {
    const { sort, filter } = this.view;
    const column = MODULE_COLUMNS.find(({ id }) => id === sort.column);
    this.#rows ??= sortRows(filterModules(this, filter), this, column, sort.descending);
    return this.#rows;
  }

  /** The shared prefix of all module names. */
  get namePrefix(): string {
    this.#prefix ??= commonPrefix(this.table.names);
    return this.#prefix;
  }

  /** The scored pairs, by a score. */
  ranking({ rankBy, order }: RankedBy): Ranking {
    return this.#ranked(rankBy, order ?? naturalOrder(rankBy)).ranking;
  }

  #ranked(rankBy: ScoreName, order: Order): Ranked {
    const key = `${rankBy} ${order}`;
    const known = this.#rankings.get(key);
    if (known !== undefined) return known;
    const { names, replaced, scores } = this.table;
    const modules = names.map((module, index) => ({
      module,
      score: scores[rankBy][index] ?? null,
      isReplacement: replaced[index] === true,
    }));
    const made = { modules, ranking: rankModules(modules, order) };
    this.#rankings.set(key, made);
    return made;
  }

  /** The user changes rule or ranking. */
  setSelection(change: SelectionEdit): void {
    if (this.selection === null) return;
    // Only what is dragged waits, for the last value. A new ranking converts the threshold that the host has by then.
    const isDragged = change.rule !== undefined && Object.keys(change).length === 1;
    if (!isDragged) this.flush();
    this.#select(changeSelection(this.selection, change, (by) => this.ranking(by)));
    this.#unsent = change;
    if (isDragged) this.#timer ??= setTimeout(() => this.flush(), SEND_EVERY_MS);
    else this.flush();
  }

  /** The user pins modules, or with null unpins them. */
  pin(modules: readonly string[], verdict: Verdict | null): void {
    if (this.selection === null || this.document === null || modules.length === 0) return;
    this.flush();
    this.#select({ ...this.selection, pins: changePins(this.selection.pins, modules, verdict) });
    this.#post({ type: 'pin', modules, verdict, revision: this.#revision });
  }

  /** Sends pending changes; must come before any other message to the host. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#unsent === null) return;
    this.#post({ type: 'setSelection', change: this.#unsent, revision: this.#revision });
    this.#unsent = null;
  }

  #select(selection: SelectionOptions): void {
    this.selection = selection;
    const { modules, ranking } = this.#ranked(selection.rankBy, orderOf(selection));
    this.verdicts = this.isLive ? [] : decide(modules, ranking, selection);
    this.#changed('selection');
  }

  apply(message: Exclude<HostToPanel, { type: 'init' | 'reveal' }>): void {
    switch (message.type) {
      case 'document':
        this.flush();
        this.#revision = message.revision;
        this.#setDocument(message.document, message.selection);
        return;
      case 'selection':
        // With the old revision, so that the host answers with the result.
        this.flush();
        this.#revision = message.revision;
        this.#select(message.selection);
        return;
      case 'run':
        this.run = message.run;
        this.stale = message.stale;
        if (message.run.kind !== 'running') this.#live = emptyTable();
        this.#changed('run', ...(this.isLive ? (['data'] as const) : []));
        return;
      case 'measured':
        if (message.from === 0) this.#live = emptyTable();
        // After a gap, wait for the document rather than show rows in the wrong places.
        if (message.from > this.#live.names.length) return;
        appendRows(this.#live, message.rows);
        this.#changed(...(this.isLive ? (['data'] as const) : []));
        return;
      case 'trust':
        this.trusted = message.trusted;
        this.#changed('selection', 'run', 'check');
        return;
      case 'headline':
        this.headline = message;
        return this.#changed('headline');
      case 'loadCheck':
        this.loadCheck = message.check;
        this.#changed('check');
        return;
      case 'behavior':
      case 'measuring':
        this.behavior.apply(message);
        return;
      case 'repair':
      case 'repairing':
      case 'repairSteps':
        this.repair.apply(message);
    }
  }

  #setDocument(document: PanelDocument | null, selection: SelectionOptions): void {
    const before = this.table.names;
    this.document = document;
    this.#rankings.clear();
    this.#select(selection);
    this.known = true;
    const after = this.table.names;
    if (before.length !== after.length || before.some((name, index) => name !== after[index])) {
      this.marks.clear();
    }
    this.#changed('data', 'selection');
  }

  setView(change: Partial<ViewState>): void {
    this.view = { ...this.view, ...change };
    this.#rows = null;
    this.#changed('view');
  }

  /** A second time by the same column reverses the order. */
  sortBy({ id, largestFirst = false }: Pick<Column<never>, 'id' | 'largestFirst'>): void {
    const { column, descending } = this.view.sort;
    this.setView({ sort: { column: id, descending: column === id ? !descending : largestFirst } });
  }

  /** Indices of the marked rows. */
  get chosen(): ReadonlySet<number> {
    return this.marks.chosen;
  }

  /** Index of the module under the keyboard, or -1. */
  get active(): number {
    return this.marks.active;
  }

  choose(index: number, how: SelectMode): void {
    this.marks.choose(index, how, this.rows);
    this.#changed('view');
  }

  chooseAll(indices: readonly number[]): void {
    this.marks.chooseAll(indices);
    this.#changed('view');
  }

  /** What pins apply to: the selected modules, or else the active one. */
  get targets(): readonly string[] {
    const indices = this.chosen.size > 0 ? [...this.chosen] : this.active >= 0 ? [this.active] : [];
    return indices.flatMap((index) => this.table.names[index] ?? []);
  }

  /** What changed since the last call. */
  takeDirty(): Dirty {
    const take = (part: Part): boolean => this.#dirty.delete(part);
    return {
      data: take('data'),
      selection: take('selection'),
      run: take('run'),
      view: take('view'),
      check: take('check'),
      behavior: take('behavior'),
      repair: take('repair'),
      headline: take('headline'),
    };
  }

  #changed(...parts: readonly Part[]): void {
    for (const part of parts) this.#dirty.add(part);
    const data = parts.includes('data');
    if (data || parts.includes('selection')) this.#rows = null;
    if (data) this.#prefix = null;
    if (data && this.isLive) this.#rankings.clear();
    this.#onDirty();
  }
}
