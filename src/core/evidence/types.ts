/** Why a module stands out. */
export interface Reason {
  /** `size`: its distance is an outlier among comparable modules; `reversal`: it acts against the alignment step. */
  readonly kind: 'size' | 'reversal';
  /** The distance, or the reversal in standard deviations of chance. */
  readonly value: number;
  /** What the value is beyond. */
  readonly limit: number;
}

export interface StandsOut {
  readonly module: string;
  readonly reasons: readonly [Reason, ...Reason[]];
}

/** How far all updates together act against the alignment step. */
export interface WholeReversal {
  /** In standard deviations of updates with random directions. */
  readonly value: number;
  /** What chance exceeds with probability `ALPHA`. */
  readonly limit: number;
}

/** What the scores of one adapter show beyond chance, whatever the user selected. */
export interface Evidence {
  /** The strongest first; empty where nothing is beyond chance. */
  readonly standsOut: readonly StandsOut[];
  /** Null without scored pairs. */
  readonly reversal: WholeReversal | null;
  /**
   * Spearman's correlation of E-DIEM and `‖dW‖` among comparable modules, the mean over groups; null where there are too
   * few. At 1, E-DIEM is update size by another name.
   */
  readonly sizeCorrelation: number | null;
}
