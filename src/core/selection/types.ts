import type { ScoreName } from '../ediem/types';

/** `largest`: the modules with the largest score go first. */
export type Order = 'largest' | 'smallest';

/** How many modules go. Pins are not part of the rule: they win over it. */
export type Rule =
  | { readonly kind: 'top'; readonly k: number }
  | { readonly kind: 'threshold'; readonly threshold: number }
  | { readonly kind: 'fraction'; readonly fraction: number }
  /** Nothing but the pins. */
  | { readonly kind: 'none' };

export interface SelectionOptions {
  readonly rule: Rule;
  readonly rankBy: ScoreName;
  /** Absent: the natural order of the score (`cosine` and `retained`: smallest, all others: largest). */
  readonly order?: Order;
  /** Module names that stay, or go, whatever the rule says. */
  readonly pins: Pins;
}

export interface Pins {
  readonly keep: readonly string[];
  readonly prune: readonly string[];
}

export type Verdict = 'keep' | 'prune';

/** What becomes of one module, and why. */
export interface ModuleVerdict {
  readonly module: string;
  readonly verdict: Verdict;
  readonly by: 'rule' | 'pin' | 'unscored';
  /** 1 = pruned first, among the scored LoRA modules; null for all others. */
  readonly rankPosition: number | null;
}
