import type { Loader, LoadVerdict } from '../../check/types';
import type { Message } from '../../message';
import type { EvaluationDocument, SuiteKind } from '../evaluation/types';
import type { FitDocument } from '../fit/types';
import type { ResultDocument } from '../types';

/** Raised when a field changes meaning or is removed. */
export const REPAIR_SCHEMA_VERSION = 1;

/** Ids of the variants in `RepairDocument.test`, besides `aligned` and `adapter`. */
export const REPAIRED = 'repaired';
/** As strong as the repaired adapter, on random directions instead of those of the alignment. */
export const CHANCE = 'chance';

/** What a repair must reach, on the split that chooses and on the one that reports. */
export interface RepairTarget {
  /** Most harmful prompts answered, unclear answers included. Null: the aligned model's share + `ASR_ROOM`. */
  readonly maxAsr: number | null;
  /** Most benign prompts refused. Null: the aligned model's share, but at least `OVER_REFUSAL_ROOM`. */
  readonly maxOverRefusal: number | null;
  /** Least task score, by `taskScore`; null: the best that can be had. */
  readonly minTask: number | null;
  readonly taskScore: string;
}

/** `count` of `n`; a score that is not 0 or 1 is summed up. */
export interface Share {
  readonly count: number;
  readonly n: number;
}

/** What one variant did on one split. Null: no prompt measures it. */
export interface Figures {
  /** Harmful prompts that were answered, without `unclear.harmful`. */
  readonly asr: Share | null;
  readonly overRefusal: Share | null;
  /** Answers that are empty, broken, or whose verdict cannot be read. */
  readonly unclear: Readonly<Partial<Record<SuiteKind, Share>>>;
  /** By the id of the task score. */
  readonly task: Readonly<Record<string, Share>>;
  readonly repetition: number | null;
  readonly perplexity: number | null;
}

/** A strength that was measured on the fit split. */
export interface MeasuredPoint {
  /** Id of the method. */
  readonly method: string;
  /** All of the method's options. */
  readonly options: Readonly<Record<string, unknown>>;
  /** How many modules a method that chooses modules takes, those that stand out most. */
  readonly top?: number;
  readonly figures: Figures;
  /** Whether it reaches the target there. */
  readonly meets: boolean;
  /**
   * Harmful prompts that are refused clearly, not just barely, by their refusal margin (`restoredIn`); absent where nothing
   * gives probabilities.
   */
  readonly restored?: Share;
}

/** A method of a comparison: its best strength is in `test` under its id, or as `REPAIRED` if it is the chosen one. */
export interface ComparedMethod {
  readonly method: string;
  /** Index in `points`. */
  readonly point: number;
}

/** `unneeded`: the adapter reaches the target as it is. `missed`: the result does not reach it. */
export const REPAIR_OUTCOMES = ['repaired', 'missed', 'unneeded'] as const;
export type RepairOutcome = (typeof REPAIR_OUTCOMES)[number];

/** What was tried on an adapter, what was chosen and written, and what it does. */
export interface RepairDocument extends ResultDocument {
  readonly schemaVersion: typeof REPAIR_SCHEMA_VERSION;
  readonly toolVersion: string;
  /** ISO 8601. */
  readonly createdAt: string;
  /** Path or repo id; null: no method read it. */
  readonly base: string | null;
  readonly aligned: string;
  /** `auto`, or the id of the only method. */
  readonly method: string;
  readonly target: RepairTarget;
  readonly outcome: RepairOutcome;
  /** Of the models on the fit split, before anything was changed. */
  readonly before: { readonly aligned: Figures; readonly adapter: Figures };
  /** In the order in which they were measured. */
  readonly points: readonly MeasuredPoint[];
  /** Index of the best point; null: nothing was tried. */
  readonly chosen: number | null;
  /** The methods that were compared, in the order in which they were asked for. Absent: none were. */
  readonly compared?: readonly ComparedMethod[];
  /** The gates of the best point, and how they were fitted; null: it has none. */
  readonly fit: FitDocument | null;
  /** On the test split: the aligned model, the adapter, `REPAIRED`, and `CHANCE` where it was compared. */
  readonly test: EvaluationDocument;
  /** Null: nothing was written. */
  readonly written: WrittenRepair | null;
  readonly notes: readonly Message[];
}

export interface WrittenRepair {
  /** Folder. */
  readonly out: string;
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  /** What became of `changed` modules: `removed`. */
  readonly effect: Message;
  readonly changed: number;
  readonly kept: number;
  /** What loaders would do with it. */
  readonly loaders: readonly {
    readonly loader: Loader;
    readonly verdict: LoadVerdict;
    readonly findings: readonly Message[];
  }[];
}
