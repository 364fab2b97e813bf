import type { SuiteKind } from '../../../core/results/evaluation/types';
import type { ChatMessage } from '../../runners/types';

/** A row of a file of prompts, by its column names in lower case. */
export type Fields = ReadonlyMap<string, unknown>;

/** A prompt that was found in a row. */
export interface ImportedPrompt {
  readonly id?: string;
  /** Absent: that of the file. */
  readonly kind?: SuiteKind;
  readonly messages: readonly ChatMessage[];
  readonly reference?: string;
  readonly category?: string;
}

/** How a known file of prompts is read. */
export interface ImportedFormat {
  /** Whether columns and file name (both in lower case) are those of the format. */
  recognizes(columns: ReadonlySet<string>, file: string): boolean;
  /** Of all its prompts; undefined: the user says so, or each row has its own. */
  kind(file: string): SuiteKind | undefined;
  /** Undefined: the row is no prompt. */
  prompt(row: Fields): ImportedPrompt | undefined;
}
