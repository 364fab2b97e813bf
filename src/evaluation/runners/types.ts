import type { Message } from '../../core/message';
import type { RunnerRecord, VariantCost } from '../../core/results/evaluation/types';

export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/** What is run: the model alone, or with an adapter, all of it multiplied by `scale`. */
export interface Variant {
  readonly id: string;
  /** Folder or weights file; null: the model alone. For an endpoint with fixed models: the name of a model there. */
  readonly adapter: string | null;
  readonly scale: number;
}

/** One prompt for one variant. `key` comes back with the answer. */
export interface Question {
  readonly key: string;
  /** The prompt as errors name it; absent: by its key. */
  readonly label?: Message;
  readonly variant: string;
  readonly messages: readonly ChatMessage[];
}

export interface GeneratedAnswer {
  readonly key: string;
  readonly text: string;
  /** New tokens, without the end token. */
  readonly tokens: number;
  readonly ended: 'stop' | 'length';
}

export interface Continuation extends Question {
  /** Scored as the assistant's answer, exactly as it is. */
  readonly text: string;
  /** Score only the first so many tokens; absent: all. */
  readonly tokens?: number;
}

export interface ContinuationScore {
  readonly key: string;
  /** Of each token of the continuation given all before it, in nats. */
  readonly logProbabilities: readonly number[];
  /** Whether each token is the most probable one. */
  readonly isTop: readonly boolean[];
}

export interface RunOptions {
  readonly signal: AbortSignal;
}

/**
 * Answers prompts, greedily. A row's answer does not depend on which other rows are asked with it. Errors are `SploraError`;
 * answers that were given before one are kept by the caller.
 */
export interface Runner {
  readonly record: RunnerRecord;
  /** What the user should know about how it runs. */
  readonly notes: readonly Message[];
  /** @param onAnswer called once for each question, in any order, as answers are finished */
  generate(
    questions: readonly Question[],
    options: RunOptions & { readonly maxNewTokens: number },
    onAnswer: (answer: GeneratedAnswer) => void,
  ): Promise<void>;
  /** Absent where the runner gives no log-probabilities of a given text. */
  readonly score?: (
    continuations: readonly Continuation[],
    options: RunOptions,
    onScore: (score: ContinuationScore) => void,
  ) => Promise<void>;
  /** Bytes, multiply-adds and measured speed, as far as they are known, by the variant's id. */
  costs(options: RunOptions): Promise<ReadonlyMap<string, VariantCost>>;
  /** Frees what it holds; adapters that it loaded into a server are unloaded. */
  close(): Promise<void>;
}
