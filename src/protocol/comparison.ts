import type { ErrorText } from '../core/errors';
import type { ScoreName } from '../core/ediem/types';

/** Everything that passes between the extension host and a page that compares adapters. */

/** `pair`: two adapters; `run`: those of a training run, or any number of others. */
export const COMPARISON_KINDS = ['pair', 'run'] as const;

/** What a page compares; kept by the page, so that a reload of the window restores it. */
export interface ComparisonRequest {
  readonly kind: (typeof COMPARISON_KINDS)[number];
  /** Keys: two of a pair, at least one of a run. */
  readonly adapters: readonly string[];
}

export interface ComparedAdapter {
  /** Heads its column. */
  readonly head: string;
  /** Says which one it is. */
  readonly label: string;
}

/** One measure of every module in every adapter. */
export interface ComparedMeasure {
  readonly score: ScoreName;
  /** At `adapter * modules + module`: only a flat list travels as bytes. */
  readonly values: readonly (number | null)[];
}

/** What is known of two adapters only, by module. */
export interface PairColumns {
  /** What became of the module, in words. */
  readonly status: readonly string[];
  readonly isEqual: readonly boolean[];
  /** `‖dW_left - dW_right‖`. */
  readonly difference: readonly (number | null)[];
  readonly cosine: readonly (number | null)[];
}

/** A measure of whole adapters over the steps of a run. */
export interface ComparedLine {
  readonly label: string;
  /** For column heads. */
  readonly short: string;
  /** By adapter; null where it is not known. */
  readonly values: readonly (number | null)[];
  /** The values as users read them. */
  readonly texts: readonly string[];
  /** What chance stays below. */
  readonly limits: readonly (number | null)[];
  /** The ends of its axis, and as users read them. */
  readonly low: number;
  readonly high: number;
  readonly axis: readonly [string, string];
}

/** What is known of the adapters of a run. */
export interface RunParts {
  readonly lines: readonly ComparedLine[];
  readonly layers: readonly string[];
  /** The mean of each measure: at `adapter * layers + layer`. */
  readonly means: readonly ComparedMeasure[];
}

export interface ComparisonContent {
  readonly adapters: readonly ComparedAdapter[];
  /** The first one leads. */
  readonly summary: readonly string[];
  readonly notes: readonly string[];
  readonly modules: readonly string[];
  /** At least one; the first is shown first. */
  readonly measures: readonly ComparedMeasure[];
  readonly pair: PairColumns | null;
  readonly run: RunParts | null;
}

export type HostToComparison =
  /** First, once for each `ready`. */
  | {
      readonly type: 'init';
      readonly request: ComparisonRequest;
      readonly title: string;
      /** English text -> text in the language of the window. */
      readonly translations: Readonly<Record<string, string>>;
    }
  /** Weights are being read. */
  | { readonly type: 'loading' }
  /** Replaces all that was shown. */
  | { readonly type: 'content'; readonly content: ComparisonContent }
  | { readonly type: 'failed'; readonly error: ErrorText };

/** What the page may ask for. It shows hostile names, so it names adapters by their place. */
export type ComparisonToHost =
  | { readonly type: 'ready' | 'again' | 'report' | 'showLog' }
  /** Opens the panel of an adapter, on a module if given. */
  | { readonly type: 'open'; readonly adapter: number; readonly module: string | null };
