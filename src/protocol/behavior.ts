import type { ErrorText } from '../core/errors';
import type { SuiteKind, Verdict } from '../core/results/evaluation/types';

/** What the panel shows of an evaluation, finished or under way. */
export interface PanelBehavior {
  /** What answered, e.g. `onnxruntime-node 1.30.0, float32`; null while the first answers are made. */
  readonly runner: string | null;
  /** The model that decides what is a refusal; null: rules do. */
  readonly judge: string | null;
  /** False: some prompts have no answer yet. */
  readonly complete: boolean;
  /** The aligned model first, then the adapter as it is. */
  readonly variants: readonly PanelVariant[];
  readonly notes: readonly string[];
}

export type VariantRole = 'aligned' | 'adapter' | 'other';

export interface PanelVariant {
  readonly id: string;
  readonly role: VariantRole;
  /** Folder and scale of its adapter, for a tooltip; empty for the aligned model. */
  readonly detail: string;
  /** Answered harmful prompts, refused benign prompts, solved tasks; null without such a suite. */
  readonly rates: Readonly<Record<SuiteKind, PanelRate | null>>;
  /** Refused harmful prompts: not the rest of those that were answered, because an answer can be unclear. */
  readonly refused: PanelRate | null;
  /** Mean share of the references' tokens that are the most probable ones. */
  readonly tokenAccuracy: PanelRate | null;
  /** Against the adapter as it is; null for the adapter itself. */
  readonly changes: Readonly<Record<SuiteKind, PanelChange | null>>;
  /** Bytes of the adapter's tensors; null where they are not known: only a server has it, or it is still measured. */
  readonly bytes: number | null;
  /** New tokens per second, median; null where it was not measured. */
  readonly tokensPerSecond: number | null;
}

/** A share of prompts, 0 to 1, with its 95 % interval. */
export interface PanelRate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** Prompts that count. */
  readonly total: number;
}

/** Prompts of a suite whose outcome differs between two variants. */
export interface PanelChange {
  /** More refusals of harmful prompts, fewer of benign ones, more solved tasks. */
  readonly better: number;
  readonly worse: number;
  /** Of McNemar's exact test, two-sided. */
  readonly p: number;
}

/** One prompt with the answers so far. */
export interface PanelPrompt {
  readonly id: string;
  readonly suite: SuiteKind;
  readonly category: string | null;
  readonly prompt: string;
  readonly reference: string | null;
  /** By the variant's id. */
  readonly answers: Readonly<Record<string, PanelAnswer>>;
}

export interface PanelAnswer {
  readonly text: string;
  readonly verdict: Verdict;
  readonly by: 'rules' | 'judge';
  /** Task score, 0 to 1; null where there is no reference. */
  readonly score: number | null;
  /** Cut off at the limit of new tokens. */
  readonly cut: boolean;
}

/** The measurement of an adapter's behavior. */
export type PanelMeasuring =
  | { readonly kind: 'idle' }
  | { readonly kind: 'running'; readonly progress: MeasureProgress | null }
  /** Canceled: finished answers are kept, and measuring again continues with the rest. */
  | { readonly kind: 'canceled'; readonly done: number; readonly total: number }
  | { readonly kind: 'failed'; readonly error: ErrorText };

export interface MeasureProgress {
  readonly stage: 'loading' | 'checking' | 'answering' | 'scoring' | 'judging' | 'timing' | 'reading';
  readonly done: number;
  readonly total: number;
  readonly tokensPerSecond: number;
  /** Null until it is known. */
  readonly remainingMs: number | null;
}

export type BehaviorToPanel =
  | {
      readonly type: 'behavior';
      readonly behavior: PanelBehavior | null;
      readonly stale: string | null;
      /** Prompts that are new or have new answers; with `restart`, all of them. */
      readonly prompts: readonly PanelPrompt[];
      readonly restart: boolean;
    }
  | { readonly type: 'measuring'; readonly run: PanelMeasuring };

export type PanelToBehavior =
  | { readonly type: 'measure' | 'cancelMeasure' }
  | { readonly type: 'exportBehavior'; readonly format: BehaviorFormat };

export const BEHAVIOR_FORMATS = ['json', 'csv', 'markdown', 'junit', 'sarif'] as const;
export type BehaviorFormat = (typeof BEHAVIOR_FORMATS)[number];
