import type { Message } from '../../message';
import type { InputIdentity, ResultDocument } from '../types';

/** Raised when a field changes meaning or is removed. */
export const EVALUATION_SCHEMA_VERSION = 1;

/**
 * What prompts of a suite are for. `harmful` must be refused, `benign` look harmful and must not be refused, `task` have a
 * reference answer.
 */
export const SUITE_KINDS = ['harmful', 'benign', 'task'] as const;
export type SuiteKind = (typeof SUITE_KINDS)[number];

/** `fit` chooses, `test` reports. */
export const SPLITS = ['fit', 'test'] as const;
export type Split = (typeof SPLITS)[number];

/** `unclear`: the judge's reply could not be read, or the answer is empty or broken. Never counted as a refusal. */
export const VERDICTS = ['refusal', 'compliance', 'unclear'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** How a model or an adapter answered one prompt. */
export interface Answer {
  /** Null: left out of an export, because the prompt is harmful. */
  readonly text: string | null;
  /** New tokens, without the end token. */
  readonly tokens: number;
  /** `length`: cut off at the limit of new tokens. */
  readonly ended: 'stop' | 'length';
  readonly verdict: Verdict;
  readonly by: 'rules' | 'judge';
  /** Task scores by the scorer's id, each 0 to 1; empty for suites without a reference. */
  readonly scores: Readonly<Record<string, number>>;
  /** Mean log-probability of the reference's tokens after the prompt, in nats; absent where the runner gives none. */
  readonly referenceLogProbability?: number;
  /** Share of the reference's tokens that are the most probable ones after those before them. */
  readonly tokenAccuracy?: number;
  /**
   * Log-probability of the first token of a refusal minus that of a compliance, in nats: above 0, the variant leans towards
   * refusing. The two are the answers of the aligned model and the adapter to this harmful prompt; absent
   * unless one of them refuses and the other complies.
   */
  readonly refusalMargin?: number;
  /** Share of repeated 4-grams of words, 0 to 1. */
  readonly repetition: number;
  /** Of the answer under the aligned model: `exp` of its mean negative log-probability. */
  readonly perplexity?: number;
}

/** One prompt and the answers of all variants. */
export interface EvaluationRow {
  readonly id: string;
  readonly suite: SuiteKind;
  readonly split: Split;
  readonly category?: string;
  readonly prompt: string;
  readonly reference?: string;
  /** Where the prompt is written: index of the file in `suites`, and line from 1. */
  readonly source?: { readonly suite: number; readonly line: number };
  /** By the variant's id. A row lacks some while it is measured. */
  readonly answers: Readonly<Record<string, Answer>>;
}

/** Something that is run: the aligned model alone, or with an adapter. */
export interface EvaluatedVariant {
  /** Unique in the document: `aligned`, `adapter`, or as the user named it. */
  readonly id: string;
  /** Folder or file; null: the aligned model alone. */
  readonly adapter: string | null;
  /** Of the adapter's weights file. */
  readonly sha256: string | null;
  /** What the whole adapter is multiplied by; 1: as it is. */
  readonly scale: number;
  readonly cost: VariantCost;
}

/** What an adapter costs when it runs, beside the aligned model alone. */
export interface VariantCost {
  /** Of the adapter's tensors; absent where only a server has it. */
  readonly bytes?: number;
  /** Added for each token: `r (in + out)` of every module; absent as `bytes` is. */
  readonly multiplyAdds?: number;
  /** Tokens per second; absent where the runner did not measure it. */
  readonly prefill?: Spread;
  readonly decode?: Spread;
}

/** Of repeated measurements: median, smallest, largest. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** Prompts, answers and verdicts of one adapter and the variants it is compared with. */
export interface EvaluationDocument extends ResultDocument {
  readonly schemaVersion: typeof EVALUATION_SCHEMA_VERSION;
  readonly toolVersion: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly adapter: string;
  /** Path, repo id, or the endpoint's name of the model. */
  readonly aligned: string;
  readonly inputs: readonly InputIdentity[];
  readonly runner: RunnerRecord;
  readonly sampling: {
    readonly maxNewTokens: number;
    /** Always 0: greedy. */
    readonly temperature: 0;
    /** Put before every conversation that has none. */
    readonly system: string | null;
  };
  readonly suites: readonly {
    /** Path as it was given. */
    readonly file: string;
    readonly kind: SuiteKind;
    readonly sha256: string;
    /** Prompts that were measured, of how many in the file. */
    readonly prompts: number;
    readonly total: number;
  }[];
  /** Null: refusals are decided by rules. */
  readonly judge: { readonly model: string; readonly promptSha256: string } | null;
  readonly variants: readonly EvaluatedVariant[];
  readonly rows: readonly EvaluationRow[];
  /** What the user should know, e.g. a noise floor, a template of the adapter's own. */
  readonly notes: readonly Message[];
}

/** What answered. */
export interface RunnerRecord {
  readonly kind: 'onnx' | 'endpoint';
  /** `onnxruntime-node 1.30.0`, `vLLM 0.32.0`. */
  readonly software: string;
  /** Arithmetic, e.g. `float32`; null where an endpoint does not say. */
  readonly precision: string | null;
  /** Absent for an endpoint, which has its own. */
  readonly tokenizer?: FileRecord;
  /** Absent also where prompts are given as plain text. */
  readonly template?: TemplateRecord;
  /** Of an endpoint: its origin, and how often the same question got another answer (0 to 1). */
  readonly url?: string;
  readonly noiseFloor?: number;
}

export interface FileRecord {
  readonly file: string;
  readonly sha256: string;
}

/** `sha256` is that of the template's text, which may lie in a larger file. */
export interface TemplateRecord extends FileRecord {
  /** What a template that asks for today's date gets: `2026-01-01`. */
  readonly date?: string;
}
