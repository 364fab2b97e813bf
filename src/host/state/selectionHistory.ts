import type { SelectionChange } from './choices';

/** Steps that are kept for each adapter; nobody undoes more one by one. */
const MAX_STEPS = 100;
/** A dragged cut changes the rule many times a second: those are one step. */
const ONE_STEP_MS = 1000;

interface Step {
  readonly change: SelectionChange;
  readonly isRule: boolean;
  readonly time: number;
}

interface Steps {
  readonly past: Step[];
  readonly future: SelectionChange[];
}

/** Earlier selections of each adapter in this session, for undo and redo. */
export class SelectionHistory {
  /** The adapter that was changed last comes last. */
  readonly #steps = new Map<string, Steps>();

  constructor(private readonly now: () => number = Date.now) {}

  /** @param before what the selection was */
  record(adapter: string, before: SelectionChange, isRule: boolean): void {
    const { past } = this.#take(adapter);
    const time = this.now();
    const last = past.at(-1);
    const isSameStep = isRule && last?.isRule === true && time - last.time < ONE_STEP_MS;
    // What it was before the first change of a drag is what undo brings back.
    if (isSameStep) past.splice(-1, 1, { ...last, time });
    else past.push({ change: before, isRule, time });
    if (past.length > MAX_STEPS) past.shift();
    this.#steps.set(adapter, { past, future: [] });
  }

  /** The adapter that was changed last, of those with a step to undo or redo. */
  latest(way: 'undo' | 'redo'): string | undefined {
    const list = way === 'undo' ? 'past' : 'future';
    return [...this.#steps].findLast(([, steps]) => steps[list].length > 0)?.[0];
  }

  /** The selection before the last step; undefined without one. @param current what redo brings back */
  undo(adapter: string, current: SelectionChange): SelectionChange | undefined {
    const { past, future } = this.#take(adapter);
    const step = past.pop();
    if (step !== undefined) future.push(current);
    return step?.change;
  }

  /** The selection that `undo` left; undefined without one. */
  redo(adapter: string, current: SelectionChange): SelectionChange | undefined {
    const { past, future } = this.#take(adapter);
    const change = future.pop();
    if (change !== undefined) past.push({ change: current, isRule: false, time: this.now() });
    return change;
  }

  /** Moves the adapter to the end: it is the one that was changed last. */
  #take(adapter: string): Steps {
    const steps = this.#steps.get(adapter) ?? { past: [], future: [] };
    this.#steps.delete(adapter);
    this.#steps.set(adapter, steps);
    return steps;
  }

  forget(adapter: string): void {
    this.#steps.delete(adapter);
  }
}
