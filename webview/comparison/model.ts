import type { ScoreName } from '../../src/core/ediem/types';
import { isRecord } from '../../src/core/record';
import { isScoreName } from '../../src/core/report/scores';
import type { ComparisonContent } from '../../src/protocol/comparison';
import { commonPrefix } from '../model/rows';
import type { Column } from '../table/column';
import { searchWords, sortRows, type SelectMode, type Sort } from '../table/rows';
import { RowMarks } from '../table/rowMarks';
import { comparisonColumns } from './columns';

/** What the user set on this page; restored after a reload of the window. */
export interface ComparisonView {
  readonly search: string;
  /** Null: what differs most first. */
  readonly sort: Sort | null;
  /** Null: the first measure. */
  readonly score: ScoreName | null;
  readonly show: 'all' | 'changed';
}

export const INITIAL_VIEW: ComparisonView = { search: '', sort: null, score: null, show: 'all' };

/** What a page kept, perhaps in an earlier version. */
export function parseComparisonView(kept: unknown): ComparisonView {
  const { search, sort, score, show }: Partial<Record<string, unknown>> = isRecord(kept) ? kept : {};
  const column = isRecord(sort) ? sort['column'] : undefined;
  return {
    search: typeof search === 'string' ? search : INITIAL_VIEW.search,
    sort:
      isRecord(sort) && typeof column === 'string'
        ? { column, descending: sort['descending'] === true }
        : INITIAL_VIEW.sort,
    score: typeof score === 'string' && isScoreName(score) ? score : INITIAL_VIEW.score,
    show: show === 'changed' ? 'changed' : INITIAL_VIEW.show,
  };
}

const EMPTY: ComparisonContent = {
  adapters: [],
  summary: [],
  notes: [],
  modules: [],
  measures: [],
  pair: null,
  run: null,
};

/** Modules of several adapters, with one measure of each. */
export class ComparisonModel {
  content: ComparisonContent = EMPTY;
  view: ComparisonView = INITIAL_VIEW;
  readonly marks = new RowMarks();
  /** The adapter that charts over steps have chosen. */
  current = 0;
  readonly #onChange: () => void;
  #rows: readonly number[] | null = null;
  #columns: readonly Column<ComparisonModel>[] | null = null;
  #prefix = '';
  /** Lower case, for searching. */
  #words: readonly string[] = [];

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  setContent(content: ComparisonContent): void {
    const { modules: before, adapters } = this.content;
    this.content = content;
    const { modules } = content;
    // The last step is the newest.
    if (content.adapters.length !== adapters.length) this.current = Math.max(0, content.adapters.length - 1);
    this.#prefix = commonPrefix(modules);
    this.#words = modules.map((name) => name.toLowerCase());
    if (before.length !== modules.length || before.some((name, at) => name !== modules[at]))
      this.marks.clear();
    this.#changed();
  }

  setView(change: Partial<ComparisonView>): void {
    this.view = { ...this.view, ...change };
    this.#changed();
  }

  /** As the panel's model: what cells of names read. */
  get table(): { readonly names: readonly string[] } {
    return { names: this.content.modules };
  }

  get namePrefix(): string {
    return this.#prefix;
  }

  /** The measure that is shown: the chosen one, if there is such a one. */
  get measure(): ComparisonContent['measures'][number] | undefined {
    const { measures } = this.content;
    return measures.find(({ score }) => score === this.view.score) ?? measures[0];
  }

  /** The measure of a module in an adapter. */
  valueOf(adapter: number, module: number): number | null {
    return this.measure?.values[adapter * this.content.modules.length + module] ?? null;
  }

  /** Of two adapters: right minus left; null unless both have a value. */
  changeOf(module: number): number | null {
    const [left, right] = [this.valueOf(0, module), this.valueOf(1, module)];
    return left === null || right === null ? null : right - left;
  }

  get columns(): readonly Column<ComparisonModel>[] {
    return (this.#columns ??= comparisonColumns(this.content, this.measure));
  }

  /** The largest difference first, or the order of the model. */
  get sort(): Sort {
    const { sort } = this.view;
    if (sort !== null && this.columns.some(({ id }) => id === sort.column)) return sort;
    return this.content.pair === null
      ? { column: 'module', descending: false }
      : { column: 'difference', descending: true };
  }

  /** Indices of the listed modules, sorted and filtered. */
  get rows(): readonly number[] {
    if (this.#rows !== null) return this.#rows;
    const words = searchWords(this.view.search);
    const { pair } = this.content;
    const changedOnly = this.view.show === 'changed' && pair !== null;
    const listed = [...this.#words.keys()].filter(
      (index) =>
        !(changedOnly && pair.isEqual[index] === true) &&
        words.every((word) => this.#words[index]?.includes(word) === true),
    );
    const { column, descending } = this.sort;
    const sorted = this.columns.find(({ id }) => id === column);
    return (this.#rows = sortRows(listed, this, sorted, descending));
  }

  sortBy({ id, largestFirst = false }: Column<ComparisonModel>): void {
    const { column, descending } = this.sort;
    this.setView({ sort: { column: id, descending: column === id ? !descending : largestFirst } });
  }

  setCurrent(adapter: number): void {
    this.current = adapter;
    this.#onChange();
  }

  choose(index: number, how: SelectMode): void {
    this.marks.choose(index, how, this.rows);
    this.#onChange();
  }

  chooseAll(indices: readonly number[]): void {
    this.marks.chooseAll(indices);
    this.#onChange();
  }

  #changed(): void {
    this.#rows = null;
    this.#columns = null;
    this.#onChange();
  }
}
