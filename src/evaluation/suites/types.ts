import type { Message } from '../../core/message';
import type { Split, SuiteKind } from '../../core/results/evaluation/types';
import type { ChatMessage } from '../runners/types';

/** One prompt of a suite. `kind` and `id` together are unique in an evaluation. */
export interface SuitePrompt {
  readonly id: string;
  readonly kind: SuiteKind;
  readonly split: Split;
  readonly category?: string;
  /** The conversation, which ends with the user. */
  readonly messages: readonly ChatMessage[];
  /** The answer of a task. */
  readonly reference?: string;
  /** Of the file, from 1; absent before there is one. */
  readonly line?: number;
}

/** The prompts of one kind in a file. */
export interface Suite {
  /** As it was given. */
  readonly file: string;
  readonly kind: SuiteKind;
  readonly sha256: string;
  readonly prompts: readonly SuitePrompt[];
}

export interface ParsedSuites {
  readonly suites: readonly Suite[];
  /** Lines that were skipped because the user asked for it. */
  readonly notes: readonly Message[];
}
