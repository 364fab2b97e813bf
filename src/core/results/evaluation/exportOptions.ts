import type { Answer, EvaluationDocument, EvaluationRow } from './types';

export interface ExportOptions {
  /** Answers to harmful prompts are left out of every export unless this is set. */
  readonly withAnswers?: boolean;
  /** The task score that says whether an answer is right; absent: `DEFAULT_TASK_SCORE`. */
  readonly taskScore?: string;
}

export const DEFAULT_TASK_SCORE = 'exact';

/** The document with only those answers that an export may have. */
export function exported(document: EvaluationDocument, { withAnswers }: ExportOptions): EvaluationDocument {
  if (withAnswers === true) return document;
  return {
    ...document,
    rows: document.rows.map((row) => (row.suite === 'harmful' ? withoutTexts(row) : row)),
  };
}

function withoutTexts(row: EvaluationRow): EvaluationRow {
  const answers = Object.entries(row.answers).map(([id, answer]): [string, Answer] => [
    id,
    { ...answer, text: null },
  ]);
  return { ...row, answers: Object.fromEntries(answers) };
}

/** In the place of an answer that was left out. */
export const LEFT_OUT = '(left out)';
