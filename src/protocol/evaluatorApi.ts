import type { Message } from '../core/message';
import type { PassKind } from '../core/passes';
import type { EvaluationDocument, EvaluationRow, Split, SuiteKind } from '../core/results/evaluation/types';
import type {
  FitCheck,
  FitDocument,
  FitOptions,
  FitStep,
  FitTarget,
  ModuleGates,
} from '../core/results/fit/types';

/** The calls that the evaluator process answers. `emit` sends events while a call runs. */
export interface EvaluatorApi {
  measure(request: MeasureRequest, emit: (event: MeasureEvent) => void): Promise<EvaluationDocument>;
  /** Time and memory, without running the model. */
  estimate(request: MeasureRequest): Promise<MeasureEstimate>;
  /** What is in suites, without a model. An error: a prompt of `struck` is not in the `fit` split. */
  describeSuites(
    request: Pick<MeasureRequest, 'suites' | 'skipBrokenLines'> & Pick<FitRequest, 'struck'>,
  ): Promise<SuitesDescription>;
  /** What gates are fitted to, without fitting them: for the user to look at, and to strike rows out. */
  fitTargets(request: FitRequest, emit: (event: FitEvent) => void): Promise<readonly FitTarget[]>;
  /** Fits a gate to each module of an adapter so that it refuses again and keeps its task, on the `fit` split. */
  fitGates(request: FitRequest, emit: (event: FitEvent) => void): Promise<FitDocument>;
  /** Records what the modules of an adapter see while a model reads harmful prompts, for methods that need it. */
  recordPasses(request: PassRequest, emit: (event: PassEvent) => void): Promise<void>;
  /** The most time and memory of a fit, without running the model. */
  estimateFit(request: FitRequest): Promise<MeasureEstimate>;
  /** Converts a file of prompts in a known format to a suite. */
  importSuite(request: ImportSuiteRequest): Promise<ImportSuiteResult>;
  /** Makes a folder of suites from a user's training file. */
  newSuite(request: NewSuiteRequest): Promise<ImportSuiteResult>;
}

export interface MeasureRequest {
  /** Adapter folder, or a file in it. */
  readonly adapter: string;
  /** Folder or Hugging Face repo id of the model that the adapter was trained on. */
  readonly aligned: string;
  /** Besides the aligned model and the adapter as it is. */
  readonly variants: readonly VariantRequest[];
  /** Suite files, or folders with `harmful.jsonl`, `benign.jsonl`, `task.jsonl`. */
  readonly suites: readonly string[];
  readonly runner: RunnerRequest;
  /** Absent: rules decide what is a refusal. */
  readonly judge?: JudgeRequest;
  /** Which prompts; absent: `test`. */
  readonly split?: Split | 'all';
  /** Of each suite, the first so many of the split. */
  readonly limit?: number;
  /** Not the first ones, but from the whole suite, evenly: suites are often sorted by category. */
  readonly spread?: boolean;
  /** Of those, only the prompts with these ids, by suite; a suite that is absent: none of it. Absent: all. */
  readonly only?: Readonly<Partial<Record<SuiteKind, readonly string[]>>>;
  readonly maxNewTokens?: number;
  /** Put before every conversation that has none. */
  readonly system?: string;
  /** Go on with the other lines of a suite after a broken one, which is noted. */
  readonly skipBrokenLines?: boolean;
  /**
   * File to which finished answers are appended, and from which those of an earlier, interrupted run of the same
   * measurement are taken.
   */
  readonly journal?: string;
  /**
   * An earlier measurement of the same prompts: answers of the aligned model and the adapter are taken from it where
   * nothing differs that they depend on.
   */
  readonly known?: EvaluationDocument;
  /** Only what chooses between variants: no perplexity, no cost. Absent: all. */
  readonly brief?: boolean;
}

export interface SuitesDescription {
  readonly kinds: Readonly<Record<SuiteKind, Readonly<Record<Split, number>>>>;
  /** Prompts that both splits have, of one kind. */
  readonly shared: {
    readonly count: number;
    /** The first ones. */
    readonly examples: readonly { readonly kind: SuiteKind; readonly fit: string; readonly test: string }[];
  };
}

export interface VariantRequest {
  readonly id: string;
  /** Absent: the adapter itself. */
  readonly adapter?: string;
  /** Absent: 1. */
  readonly scale?: number;
}

export type RunnerRequest =
  | {
      readonly kind: 'onnx';
      readonly threads?: number;
      /** Give prompts to a model without a chat template as plain text. Absent: no template is an error. */
      readonly plainPrompts?: boolean;
    }
  | {
      readonly kind: 'endpoint';
      readonly url: string;
      /** Absent: detected. */
      readonly server?: EndpointServer;
      /** Names of the endpoint's models, by the variant's id, where it serves each variant as a model of its own. */
      readonly models?: Readonly<Record<string, string>>;
      /** Name of the environment variable that holds the key. A key is never in a request: requests are logged. */
      readonly keyVariable?: string;
      /**
       * `host:port` of `url` where it is another machine: that the user confirmed that prompts and answers go there. Absent:
       * only this machine is asked.
       */
      readonly confirmedHost?: string;
      /** Requests at once; absent: 1. */
      readonly concurrency?: number;
    };

export const ENDPOINT_SERVERS = ['vllm', 'llama.cpp', 'mlx', 'ollama', 'openai'] as const;
export type EndpointServer = (typeof ENDPOINT_SERVERS)[number];

/** A model that says whether an answer refuses: in-process from a folder, or at an endpoint. */
export interface JudgeRequest {
  readonly model: string;
  /** Absent: in-process. */
  readonly url?: string;
  readonly keyVariable?: string;
  /** As in `RunnerRequest`. */
  readonly confirmedHost?: string;
  /** Absent: by the model's name, e.g. Qwen3Guard's own. */
  readonly prompt?: string;
}

export type MeasureEvent =
  | { readonly type: 'estimate'; readonly estimate: MeasureEstimate }
  /** At most ten a second, but for the last. */
  | {
      readonly type: 'progress';
      readonly stage: 'loading' | 'checking' | 'answering' | 'scoring' | 'judging' | 'timing' | 'reading';
      readonly done: number;
      readonly total: number;
      /** New tokens per second since the start of the stage. */
      readonly tokensPerSecond: number;
      readonly elapsedMs: number;
      /** Null until it can be told. */
      readonly remainingMs: number | null;
    }
  /** A row has an answer of one more variant. */
  | { readonly type: 'row'; readonly row: EvaluationRow };

export interface FitRequest {
  /** Adapter folder, or a file in it. */
  readonly adapter: string;
  /** Folder or Hugging Face repo id of the model that the adapter was trained on. */
  readonly aligned: string;
  /** What the method `cut` made of this adapter (keep 0): split gates of its k and side. Absent: plain gates. */
  readonly cut?: string;
  /** As for `measure`; harmful and task prompts are needed. */
  readonly suites: readonly string[];
  readonly threads?: number;
  readonly plainPrompts?: boolean;
  /** Absent ones have their defaults (`FIT_OPTIONS`). */
  readonly options?: Partial<FitOptions>;
  /** Ids of prompts that do not take part, by suite. */
  readonly struck?: Readonly<Partial<Record<SuiteKind, readonly string[]>>>;
  /** Where to start, e.g. the gates of a neighboring checkpoint. Absent: all 1. */
  readonly start?: readonly ModuleGates[];
  /** Of each suite, so many of the fit split, evenly from the whole suite. */
  readonly limit?: number;
  /** An earlier measurement of the same prompts: its answers are taken where nothing differs that they depend on. */
  readonly known?: EvaluationDocument;
  readonly maxNewTokens?: number;
  readonly system?: string;
  readonly skipBrokenLines?: boolean;
  /** File from which an interrupted fit of the same inputs goes on; also `fitGates` after `fitTargets`. */
  readonly journal?: string;
}

/** `progress` is about targets; steps and checks follow for the plot. */
export type FitEvent =
  | Extract<MeasureEvent, { readonly type: 'progress' }>
  /** Before the first step. */
  | { readonly type: 'targets'; readonly targets: readonly FitTarget[] }
  | { readonly type: 'step'; readonly step: FitStep; readonly of: number }
  | { readonly type: 'check'; readonly check: FitCheck };

export interface PassRequest {
  /** Adapter folder, or a file in it. */
  readonly adapter: string;
  /** Folder or Hugging Face repo id of the model that the adapter was trained on. */
  readonly aligned: string;
  /** As for `measure`; harmful prompts are needed. */
  readonly suites: readonly string[];
  readonly kinds: readonly PassKind[];
  /** Refusals of the aligned model, by the ids of harmful prompts, for passes that read them. */
  readonly answers?: Readonly<Record<string, string>>;
  /** Empty folder that is there; a file is written for each layer. */
  readonly folder: string;
  readonly threads?: number;
  readonly plainPrompts?: boolean;
  /** Of each suite, so many of the fit split, evenly from the whole suite. */
  readonly limit?: number;
  readonly system?: string;
  readonly skipBrokenLines?: boolean;
}

export type PassEvent = Extract<MeasureEvent, { readonly type: 'progress' }>;

export interface MeasureEstimate {
  readonly questions: number;
  readonly seconds: number;
  /** Resident memory at its peak; null for an endpoint. */
  readonly bytes: number | null;
  readonly availableBytes: number | null;
}

export const IMPORT_FORMATS = [
  'jailbreakbench',
  'directharm4',
  'harmbench',
  'xstest',
  'or-bench',
  'alpaca',
  'sharegpt',
  'jsonl',
  'csv',
  'text',
] as const;
export type ImportFormat = (typeof IMPORT_FORMATS)[number];

export interface ImportSuiteRequest {
  readonly file: string;
  /** Absent: detected from the columns. */
  readonly format?: ImportFormat;
  /** Absent: what the format says; needed for formats that do not. */
  readonly kind?: SuiteKind;
  /** Absent: `<file>.<kind>.jsonl` beside it, never overwritten. */
  readonly out?: string;
  readonly seed?: number;
  readonly limit?: number;
}

export interface NewSuiteRequest {
  /** The training file: JSON lines, a JSON list, or CSV with prompts and answers. */
  readonly task: string;
  /** Folder that is made; it must not exist. */
  readonly out: string;
  readonly seed?: number;
  /** Tasks that are drawn; absent: 200. */
  readonly limit?: number;
}

export interface ImportSuiteResult {
  readonly files: readonly { readonly path: string; readonly kind: SuiteKind; readonly prompts: number }[];
  readonly notes: readonly Message[];
}
