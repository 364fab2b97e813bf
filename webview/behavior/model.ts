import { isRecord } from '../../src/core/record';
import type {
  BehaviorToPanel,
  PanelBehavior,
  PanelMeasuring,
  PanelPrompt,
  PanelVariant,
} from '../../src/protocol/behavior';
import type { Column } from '../table/column';
import { parseSort, sortRows, type Sort } from '../table/rows';
import { promptColumns } from './columns';
import { filterPrompts, PROMPT_SHOWS, type PromptFilter } from './prompts';

/** What the user set in the section; restored after a reload of the window. */
export interface BehaviorView {
  readonly sort: Sort;
  readonly filter: PromptFilter;
  readonly isOpen: boolean;
}

const INITIAL: BehaviorView = {
  sort: { column: 'place', descending: false },
  filter: { text: '', show: 'changed' },
  isOpen: true,
};

/** What a page kept, perhaps in an earlier version: each part that this version knows, otherwise the initial one. */
export function parseBehaviorView(kept: unknown): BehaviorView {
  const { sort, filter, isOpen }: Partial<Record<string, unknown>> = isRecord(kept) ? kept : {};
  const show = isRecord(filter) ? PROMPT_SHOWS.find((one) => one === filter['show']) : undefined;
  const typed = isRecord(filter) ? filter['text'] : undefined;
  return {
    sort: parseSort(sort, promptColumns([])) ?? INITIAL.sort,
    filter: show !== undefined && typeof typed === 'string' ? { text: typed, show } : INITIAL.filter,
    isOpen: isOpen !== false,
  };
}

/** Everything the section *Behavior* shows. */
export class BehaviorModel {
  behavior: PanelBehavior | null = null;
  stale: string | null = null;
  run: PanelMeasuring = { kind: 'idle' };
  view: BehaviorView = INITIAL;
  /** Place of the prompt under the keyboard, or -1. */
  active = -1;
  #prompts: PanelPrompt[] = [];
  readonly #places = new Map<string, number>();
  /** Harmful prompts whose answers the user asked to see. */
  readonly #unfolded = new Set<string>();
  #rows: readonly number[] | null = null;
  readonly #onChange: () => void;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  get prompts(): readonly PanelPrompt[] {
    return this.#prompts;
  }

  get variants(): readonly PanelVariant[] {
    return this.behavior?.variants ?? [];
  }

  get columns(): readonly Column<BehaviorModel>[] {
    return promptColumns(this.variants);
  }

  /** Places of the listed prompts, sorted and filtered. */
  get rows(): readonly number[] {
    const { sort, filter } = this.view;
    const column = this.columns.find(({ id }) => id === sort.column);
    const filtered = filterPrompts(this.#prompts, this.variants, filter);
    this.#rows ??= sortRows(filtered, this, column, sort.descending);
    return this.#rows;
  }

  get shown(): PanelPrompt | undefined {
    return this.#prompts[this.active];
  }

  apply(message: BehaviorToPanel): void {
    if (message.type === 'measuring') this.run = message.run;
    else {
      this.behavior = message.behavior;
      this.stale = message.stale;
      if (message.restart) this.#restart();
      for (const prompt of message.prompts) this.#add(prompt);
    }
    this.#changed();
  }

  /** Answers to harmful prompts are folded away until the user asks for them. */
  isFolded(prompt: PanelPrompt): boolean {
    return prompt.suite === 'harmful' && !this.#unfolded.has(keyOf(prompt));
  }

  fold(prompt: PanelPrompt, isFolded: boolean): void {
    if (isFolded) this.#unfolded.delete(keyOf(prompt));
    else this.#unfolded.add(keyOf(prompt));
    this.#changed();
  }

  setView(change: Partial<BehaviorView>): void {
    this.view = { ...this.view, ...change };
    this.#changed();
  }

  /** A second time by the same column reverses the order. */
  sortBy({ id }: Pick<Column<never>, 'id'>): void {
    const { column, descending } = this.view.sort;
    this.setView({ sort: { column: id, descending: column === id && !descending } });
  }

  choose(place: number): void {
    this.active = place;
    this.#changed();
  }

  #restart(): void {
    this.#prompts = [];
    this.#places.clear();
    this.active = -1;
  }

  #add(prompt: PanelPrompt): void {
    const place = this.#places.get(keyOf(prompt));
    if (place === undefined) this.#places.set(keyOf(prompt), this.#prompts.push(prompt) - 1);
    else this.#prompts[place] = prompt;
  }

  #changed(): void {
    this.#rows = null;
    this.#onChange();
  }
}

function keyOf({ suite, id }: PanelPrompt): string {
  return `${suite}\n${id}`;
}
