import { changePins } from '../../core/selection/select';
import type { Pins, Verdict } from '../../core/selection/types';

interface Click {
  readonly before: Pins;
  readonly verdict: Verdict;
}

interface Row {
  readonly id: string;
  readonly modules: readonly string[];
}

/** What clicks on check boxes of the tree pin. */
export class CheckClicks {
  readonly #last = new Map<string, Click>();

  /** The pins after a click: all modules of the row pinned, or if the last click did that, pinned as before it. */
  next({ id, modules }: Row, pins: Pins, verdict: Verdict): Pins {
    const last = this.#last.get(id);
    const pinned = new Set(last === undefined ? [] : pins[last.verdict]);
    if (last !== undefined && modules.every((module) => pinned.has(module))) {
      this.#last.delete(id);
      return restored(pins, last.before, modules);
    }
    this.#last.set(id, { before: pins, verdict });
    return changePins(pins, modules, verdict);
  }
}

/** The pins with those of some modules as they were. */
function restored(pins: Pins, before: Pins, modules: readonly string[]): Pins {
  const own = new Set(modules);
  const of = (verdict: Verdict): readonly string[] => before[verdict].filter((module) => own.has(module));
  return changePins(changePins(changePins(pins, modules, null), of('keep'), 'keep'), of('prune'), 'prune');
}
