import type { Order, Rule } from './types';

/** Scored values in the order in which modules go: what a cut line divides. */
export class Cut {
  readonly #sorted: Float64Array;
  readonly #sign: number;

  constructor(values: readonly (number | null)[], order: Order) {
    this.#sign = order === 'largest' ? 1 : -1;
    const signed = values.filter((value) => value !== null).map((value) => this.#sign * value);
    this.#sorted = Float64Array.from(signed).sort().reverse();
  }

  /** Number of scored modules. */
  get size(): number {
    return this.#sorted.length;
  }

  /** How many modules a rule takes, pins aside. */
  count(rule: Rule): number {
    switch (rule.kind) {
      case 'none':
        return 0;
      case 'top':
        return Math.min(rule.k, this.size);
      case 'fraction':
        return Math.min(this.size, Math.round(rule.fraction * this.size));
      case 'threshold':
        return this.countBeyond(rule.threshold);
    }
  }

  /** Modules whose value is at the threshold or beyond it. */
  countBeyond(threshold: number): number {
    const limit = this.#sign * threshold;
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sorted[middle] ?? 0) >= limit) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The value of the cut: the threshold, or the middle between the last pruned and the first kept module. */
  position(rule: Rule): number | null {
    if (this.size === 0) return null;
    return rule.kind === 'threshold' ? rule.threshold : this.valueAt(this.count(rule));
  }

  /** A value that divides the first `count` modules from the rest; just outside all values for none and all. */
  valueAt(count: number): number {
    const at = (place: number): number => this.#sorted[place] ?? 0;
    const margin = (at(0) - at(this.size - 1)) * 0.02 || Math.abs(at(0)) * 0.02 || 0.02;
    if (count <= 0) return this.#sign * (at(0) + margin);
    if (count >= this.size) return this.#sign * (at(this.size - 1) - margin);
    const before = at(count - 1);
    const middle = (before + at(count)) / 2;
    // Neighbours may be so close that nothing lies between them.
    return this.#sign * (middle > at(count) ? middle : before);
  }

  /** The rule of the same kind that cuts at `value`; a rule that takes nothing becomes a threshold. */
  ruleAtValue(kind: Rule['kind'], value: number): Rule {
    if (kind === 'top' || kind === 'fraction') return this.ruleOfCount(kind, this.countBeyond(value));
    return { kind: 'threshold', threshold: value };
  }

  /** The rule of the same kind that takes `count` modules. */
  ruleOfCount(kind: Rule['kind'], count: number): Rule {
    const k = Math.min(this.size, Math.max(0, Math.round(count)));
    if (kind === 'top') return { kind, k };
    if (kind === 'fraction') return { kind, fraction: this.size === 0 ? 0 : k / this.size };
    return { kind: 'threshold', threshold: this.valueAt(k) };
  }
}
