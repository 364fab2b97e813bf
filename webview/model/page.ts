import type { ScoreName } from '../../src/core/ediem/types';
import { scoreInfo } from '../../src/core/report/scores';
import type { Order } from '../../src/core/selection/types';
import type {
  HostToPanel,
  ModuleTable,
  PanelDocument,
  PanelLoadCheck,
  PanelRun,
  PanelSelection,
} from '../../src/protocol/panel';
import { startsDescending, visibleRows, type ColumnId, type Filter, type Sort } from './rows';
import { appendRows, emptyTable, type GrowingTable } from './table';

/** What a person set on this page; kept over a reload of the window. */
export interface ViewState {
  readonly sort: Sort;
  readonly filter: Filter;
  readonly helpOpen: boolean;
}

export const INITIAL_VIEW: ViewState = {
  sort: { column: 'position', descending: false },
  filter: { text: '', show: 'all' },
  helpOpen: false,
};

/** Parts of the page that a change makes untrue; views redraw only for theirs, once a frame. */
export interface Dirty {
  /** Names and scores. */
  readonly data: boolean;
  /** Rule, verdicts and pins. */
  readonly selection: boolean;
  /** Progress, failure, staleness. */
  readonly run: boolean;
  /** Sort, filter, chosen and active rows. */
  readonly view: boolean;
  /** The load check. */
  readonly check: boolean;
}

/** Everything the page shows, without the page. Views read it; messages and gestures change it. */
export class PageModel {
  adapter = '';
  title = '';
  path = '';
  document: PanelDocument | null = null;
  selection: PanelSelection | null = null;
  /** Turn of this page's last change that `selection` is the answer to. */
  heard = 0;
  run: PanelRun = { kind: 'idle' };
  stale: string | null = null;
  /** False: buttons that read models or write are disabled, with the reason. */
  trusted = true;
  view: ViewState = INITIAL_VIEW;
  loadCheck: PanelLoadCheck = { kind: 'none' };
  /** Indices of the modules that pin buttons act on. */
  readonly chosen = new Set<number>();
  /** Index of the module under the keyboard, or -1. */
  active = -1;
  /** False until the host has said what there is: an empty state before would only flash. */
  known = false;

  #turn = 0;
  #live: GrowingTable = emptyTable();
  #rows: number[] | null = null;
  #dirty: { -readonly [K in keyof Dirty]: Dirty[K] } = clean();
  readonly #onDirty: () => void;

  /** @param onDirty called for each change; the page answers it once a frame */
  constructor(onDirty: () => void) {
    this.#onDirty = onDirty;
  }

  /** The document's modules, or those measured so far of a first analysis. */
  get table(): ModuleTable {
    return this.document?.modules ?? this.#live;
  }

  /** True while scores of a first analysis come in: no population is known, so no E-DIEM. */
  get isLive(): boolean {
    return this.document === null;
  }

  /** The score that colours and distribution show: the one modules are ranked by, once it is known. */
  get shownScore(): ScoreName {
    const rankBy = this.selection?.rankBy ?? 'ediemIqr';
    return this.isLive && (rankBy === 'ediemIqr' || rankBy === 'ediemStd') ? 'distance' : rankBy;
  }

  get shownOrder(): Order {
    const score = this.shownScore;
    const { selection } = this;
    return selection?.rankBy === score ? selection.order : scoreInfo[score].goesFirst;
  }

  /** A score of the modules that stand in the ranking; null for the others. */
  ranked(score: ScoreName): readonly (number | null)[] {
    const { replaced, scores } = this.table;
    if (!replaced.includes(true)) return scores[score];
    return scores[score].map((value, index) => (replaced[index] === true ? null : value));
  }

  /** Indices of the listed modules, sorted and filtered. */
  get rows(): readonly number[] {
    this.#rows ??= visibleRows(
      this.table,
      this.isLive ? null : this.selection,
      this.view.sort,
      this.view.filter,
    );
    return this.#rows;
  }

  /** Number of the next change of the selection that this page asks for. */
  nextTurn(): number {
    this.#turn += 1;
    return this.#turn;
  }

  /** Takes a message of the host. */
  apply(message: Exclude<HostToPanel, { type: 'init' | 'reveal' }>): void {
    switch (message.type) {
      case 'document':
        this.heard = message.heard;
        this.#setDocument(message.document, message.selection);
        return;
      case 'selection':
        this.selection = message.selection;
        this.heard = message.heard;
        this.#changed({ selection: true });
        return;
      case 'run':
        this.run = message.run;
        this.stale = message.stale;
        if (message.run.kind !== 'running') this.#live = emptyTable();
        this.#changed({ run: true, data: this.isLive });
        return;
      case 'measured':
        if (message.from === 0) this.#live = emptyTable();
        // A gap cannot be filled: wait for the document rather than show rows in the wrong places.
        if (message.from > this.#live.names.length) return;
        appendRows(this.#live, message.rows);
        this.#changed({ data: this.isLive });
        return;
      case 'trust':
        this.trusted = message.trusted;
        this.#changed({ selection: true, run: true, check: true });
        return;
      case 'loadCheck':
        this.loadCheck = message.check;
        this.#changed({ check: true });
    }
  }

  #setDocument(document: PanelDocument | null, selection: PanelSelection): void {
    const before = this.table.names;
    this.document = document;
    this.selection = selection;
    this.known = true;
    const after = this.table.names;
    if (before.length !== after.length || before.some((name, index) => name !== after[index])) {
      this.chosen.clear();
      this.active = -1;
    }
    this.#changed({ data: true, selection: true });
  }

  setView(change: Partial<ViewState>): void {
    this.view = { ...this.view, ...change };
    this.#rows = null;
    this.#changed({ view: true });
  }

  /** Sorts by a column; again by the same turns the order round. */
  sortBy(column: ColumnId): void {
    const { sort } = this.view;
    const descending = sort.column === column ? !sort.descending : startsDescending(column);
    this.setView({ sort: { column, descending } });
  }

  /** Makes one module active, and chooses it alone, besides others (`toggle`), or with all between (`extend`). */
  choose(index: number, how: 'only' | 'toggle' | 'extend' | 'move'): void {
    if (how === 'only') this.chosen.clear();
    if (how === 'toggle' && this.chosen.has(index)) this.chosen.delete(index);
    else if (how === 'extend') this.#extendTo(index);
    else if (how !== 'move') this.chosen.add(index);
    this.active = index;
    this.#changed({ view: true });
  }

  chooseAll(indices: readonly number[]): void {
    this.chosen.clear();
    for (const index of indices) this.chosen.add(index);
    this.active = indices[0] ?? this.active;
    this.#changed({ view: true });
  }

  #extendTo(index: number): void {
    const { rows } = this;
    const from = Math.max(0, rows.indexOf(this.active));
    const to = rows.indexOf(index);
    for (let place = Math.min(from, to); place <= Math.max(from, to); place += 1) {
      const row = rows[place];
      if (row !== undefined) this.chosen.add(row);
    }
  }

  /** What pin gestures act on: the chosen modules, or else the active one. */
  get targets(): readonly string[] {
    const indices = this.chosen.size > 0 ? [...this.chosen] : this.active >= 0 ? [this.active] : [];
    return indices.flatMap((index) => this.table.names[index] ?? []);
  }

  /** What changed since the last call. */
  takeDirty(): Dirty {
    const dirty = this.#dirty;
    this.#dirty = clean();
    return dirty;
  }

  #changed(change: Partial<Dirty>): void {
    if (change.data === true || change.selection === true) this.#rows = null;
    for (const part of ['data', 'selection', 'run', 'view', 'check'] as const)
      this.#dirty[part] ||= change[part] ?? false;
    this.#onDirty();
  }
}

function clean(): { -readonly [K in keyof Dirty]: Dirty[K] } {
  return { data: false, selection: false, run: false, view: false, check: false };
}
