import type { SelectMode } from './rows';

/** The rows of a table that the user marked, and the one under the keyboard. */
export class RowMarks {
  /** Indices in the model. */
  readonly chosen = new Set<number>();
  /** Index of the row under the keyboard, or -1. */
  active = -1;

  /** @param rows the listed rows in their order, for a range */
  choose(index: number, how: SelectMode, rows: readonly number[]): void {
    if (how === 'only') this.chosen.clear();
    if (how === 'toggle' && this.chosen.has(index)) this.chosen.delete(index);
    else if (how === 'extend') this.#extendTo(index, rows);
    else if (how !== 'move') this.chosen.add(index);
    this.active = index;
  }

  chooseAll(indices: readonly number[]): void {
    this.chosen.clear();
    for (const index of indices) this.chosen.add(index);
    this.active = indices[0] ?? this.active;
  }

  clear(): void {
    this.chosen.clear();
    this.active = -1;
  }

  /** What actions on rows apply to: the marked rows that are listed, or else the active one. */
  inOrder(rows: readonly number[]): readonly number[] {
    const chosen = rows.filter((index) => this.chosen.has(index));
    return chosen.length > 0 || this.active === -1 ? chosen : [this.active];
  }

  #extendTo(index: number, rows: readonly number[]): void {
    const from = Math.max(0, rows.indexOf(this.active));
    const to = rows.indexOf(index);
    for (let place = Math.min(from, to); place <= Math.max(from, to); place += 1) {
      const row = rows[place];
      if (row !== undefined) this.chosen.add(row);
    }
  }
}
