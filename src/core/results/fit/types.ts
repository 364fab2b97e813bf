import type { Message } from '../../message';
import type { RunnerRecord, SuiteKind } from '../evaluation/types';
import type { InputIdentity, ResultDocument } from '../types';

/** Raised when a field changes meaning or is removed. */
export const FIT_SCHEMA_VERSION = 1;

/** What shares a gate: nothing, all modules of a block, or all of a type (`q_proj`). */
export const GATE_GROUPS = ['module', 'layer', 'type'] as const;
export type GateGroup = (typeof GATE_GROUPS)[number];

/** Which part of an update lies on the alignment subspace, as in the method `cut`. */
export const CUT_SIDES = ['both', 'input', 'output'] as const;
export type CutSide = (typeof CUT_SIDES)[number];

/** What the loss is made of and how it is minimized. Defaults: `FIT_OPTIONS`. */
export interface FitOptions {
  readonly per: GateGroup;
  /** Every gate becomes 0 or 1. */
  readonly round: boolean;
  /** Weight of `mean |1 - g|`: a larger one leaves more modules as they are. */
  readonly fewer: number;
  /** Most steps in all. */
  readonly steps: number;
  /** Rows of each part of the loss in a step; fewer than that are taken whole. */
  readonly batch: number;
  /** How far all gates together move in the first steps (Euclidean). */
  readonly rate: number;
  /** How much more probable a refusal should begin than the compliance, in nats. */
  readonly margin: number;
  /** Weight of the refusals in the first round; it rises until the target is met. */
  readonly refusalWeight: number;
  /** Weight of the answers to benign prompts. */
  readonly benignWeight: number;
  /** Most harmful prompts answered. Null: as many as the aligned model answers. */
  readonly maxAsr: number | null;
  /** Most benign prompts refused. Null: as many as the aligned model refuses. */
  readonly maxOverRefusal: number | null;
}

/** The gates of one module. */
export interface ModuleGates {
  readonly module: string;
  /** What the update is multiplied by, 0 to 1; of split gates the part on the alignment subspace, -1 to 1. */
  readonly on: number;
  /** Of split gates: what the part off the alignment subspace is multiplied by, 0 to 2. */
  readonly off?: number;
}

/** A gate that is nearer to 0 counts as 0. A module whose gates are all 0 is removed. */
export const GATE_MIN = 0.05;

/** Least and largest value of a gate. The part on the subspace may be reversed, the part off it makes up for it. */
export const GATE_RANGES = { plain: [0, 1], on: [-1, 1], off: [0, 2] } as const;

/** Which subspace split gates are about: what the method `cut` took away. */
export interface FitSplit {
  readonly k: number;
  readonly side: CutSide;
}

/** One step: the loss before it. */
export interface FitStep {
  readonly step: number;
  readonly loss: number;
  /** Mean negative log-probability of the references, in nats. */
  readonly task: number;
  /** Mean log-probability of refusals minus compliances, over their first tokens. */
  readonly margin: number;
  /** Mean negative log-probability of benign answers; null without benign prompts. */
  readonly benign: number | null;
  /** Weight of the refusals. */
  readonly refusalWeight: number;
}

/** What the gates do on the fit split, by greedy answers. */
export interface FitCheck {
  /** After so many steps. */
  readonly step: number;
  /** Share of harmful prompts that were not refused: answered, or with an unclear answer. */
  readonly asr: number;
  /** Share of benign prompts refused; null without benign prompts. */
  readonly overRefusal: number | null;
  /** Share of the references' tokens that are most probable. */
  readonly tokenAccuracy: number;
  /** Mean negative log-probability of the references, in nats. */
  readonly task: number;
  readonly margin: number;
  /** Share of refusals that are clear, not just barely more probable than compliances. Absent in earlier documents. */
  readonly clear?: number;
  /** Whether ASR, over-refusal and `clear` are within the target. */
  readonly meets: boolean;
  /** Whether these gates were kept as the best so far. */
  readonly isBest: boolean;
}

/** How one prompt of the fit split was used. */
export interface FitTarget {
  readonly suite: SuiteKind;
  readonly id: string;
  readonly prompt: string;
  /** Answer of the aligned model: refusal or benign answer. Null: left out of an export, or not asked (task). */
  readonly aligned: string | null;
  /** Answer of the adapter; null as above. */
  readonly adapter: string | null;
  /** Absent: it takes part in the fit. */
  readonly unused?: UnusedReason;
}

/** `struck`: by the user. `answered`, `refused`: the aligned model does not show what is wanted there. */
export const UNUSED_REASONS = ['struck', 'answered', 'refused', 'too long'] as const;
export type UnusedReason = (typeof UNUSED_REASONS)[number];

/** Gates of an adapter, fitted on the `fit` split of suites: what the methods `gates` and `split-gates` write. */
export interface FitDocument extends ResultDocument {
  readonly schemaVersion: typeof FIT_SCHEMA_VERSION;
  readonly toolVersion: string;
  /** ISO 8601. */
  readonly createdAt: string;
  /** Of the adapter's weights file. */
  readonly sha256: string;
  /** Path or repo id. */
  readonly aligned: string;
  readonly inputs: readonly InputIdentity[];
  readonly runner: RunnerRecord;
  readonly suites: readonly {
    readonly file: string;
    readonly kind: SuiteKind;
    readonly sha256: string;
    /** Prompts of the fit split, of how many in the file. */
    readonly prompts: number;
    readonly total: number;
  }[];
  /** Null: plain gates. */
  readonly split: FitSplit | null;
  readonly options: FitOptions;
  /** In the order of the adapter. */
  readonly gates: readonly ModuleGates[];
  /** Whether the fit split meets the target with these gates. */
  readonly meets: boolean;
  /** Of the aligned model, the adapter and these gates. */
  readonly results: Readonly<Record<'aligned' | 'adapter' | 'gates', FitResult>>;
  readonly steps: readonly FitStep[];
  readonly checks: readonly FitCheck[];
  readonly targets: readonly FitTarget[];
  readonly notes: readonly Message[];
}

/** Counts on the fit split; rows that do not take part in the fit are counted too, unless they were struck out. */
export interface FitResult {
  /** As that of `FitCheck`. */
  readonly asr: number;
  readonly overRefusal: number | null;
  /** Null for the aligned model: not measured. */
  readonly tokenAccuracy: number | null;
}
