import type { Message } from '../../core/message';
import type { RunnerRecord } from '../../core/results/evaluation/types';
import type { ChatMessage, ContinuationScore, GeneratedAnswer, RunOptions } from './types';

/**
 * What each LoRA module of an adapter is multiplied by, in the order of `GateRunner.modules`. With `off`, a module's update
 * is `off dW_off + on (dW - dW_off)`, where `dW_off` is the update of the cut adapter; without, it is `on dW`. All zeros:
 * the model alone.
 */
export interface GateVector {
  readonly on: Float64Array;
  readonly off?: Float64Array;
}

export interface GatePrompt {
  readonly messages: readonly ChatMessage[];
  /** The prompt as errors name it. */
  readonly label?: Message;
}

/**
 * A part of a loss; parts add up. Targets are token ids of an answer, at least one: of `GateRunner.encode`, or of a generated
 * answer. Parts of the same prompt are computed together.
 */
export type LossTerm =
  /** `-weight sum(log p)` over the targets. */
  | {
      readonly kind: 'likelihood';
      readonly prompt: GatePrompt;
      readonly targets: readonly number[];
      readonly weight: number;
    }
  /** `weight softplus(threshold - m)`, m = mean log p of the preferred answer minus that of the other one. */
  | {
      readonly kind: 'margin';
      readonly prompt: GatePrompt;
      readonly preferred: readonly number[];
      readonly other: readonly number[];
      readonly threshold: number;
      readonly weight: number;
    };

/** Log-probabilities in nats. What is NaN or infinite is returned as it is. */
export type TermResult =
  | { readonly kind: 'likelihood'; readonly logProbabilities: readonly number[]; readonly loss: number }
  | {
      readonly kind: 'margin';
      readonly preferred: readonly number[];
      readonly other: readonly number[];
      readonly margin: number;
      readonly loss: number;
    };

export interface GateStep {
  /** In the order of the terms. */
  readonly terms: readonly TermResult[];
  /** Sum of all terms. */
  readonly loss: number;
  /** Of the loss, by each gate; `off` where the gates have it. */
  readonly gradient: GateVector;
}

/** Of one step, before the model is loaded. */
export interface StepEstimate {
  readonly seconds: number;
  /** Resident memory of this process at its peak. */
  readonly bytes: number;
  /** Memory that this process may have. */
  readonly availableBytes: number;
}

/** A prompt under gates. `key` comes back with the answer. */
export interface GateQuestion {
  readonly key: string;
  readonly label?: Message;
  readonly messages: readonly ChatMessage[];
  readonly gates: GateVector;
}

export interface GateAnswer extends GeneratedAnswer {
  /** Token ids of the answer, with the end token where it ended so. */
  readonly ids: readonly number[];
}

export interface GateContinuation extends GateQuestion {
  readonly targets: readonly number[];
}

/**
 * Runs a model with one adapter under gates, and computes gradients by them. Errors are `SploraError`; a cancel ends within
 * one step.
 */
export interface GateRunner {
  readonly record: RunnerRecord;
  readonly notes: readonly Message[];
  /** Names of the adapter's LoRA modules, in its order. */
  readonly modules: readonly string[];
  /** Whether gates may have `off`. */
  readonly isSplit: boolean;
  /** The loss of the terms and its gradient, in one pass; many terms are computed in several parts. */
  step(terms: readonly LossTerm[], gates: GateVector, options: RunOptions): Promise<GateStep>;
  /** Reads nothing but prompts, and times one product. Absent where a runner does not know. */
  estimate?(terms: readonly LossTerm[], options: RunOptions): Promise<StepEstimate>;
  /** Token ids of a text as the answer to messages; undefined where the model cannot read all of them. */
  encode(question: Omit<GateQuestion, 'gates'>, text: string): Promise<readonly number[] | undefined>;
  /** Answers greedily. A row's answer does not depend on which other rows are asked with it. */
  generate(
    questions: readonly GateQuestion[],
    options: RunOptions & { readonly maxNewTokens: number },
    onAnswer: (answer: GateAnswer) => void,
  ): Promise<void>;
  score(
    continuations: readonly GateContinuation[],
    options: RunOptions,
    onScore: (score: ContinuationScore) => void,
  ): Promise<void>;
  close(): Promise<void>;
}
