import { csvField, visibleText } from '../../report/escape';
import { exported, LEFT_OUT, type ExportOptions } from './exportOptions';
import { answerOf, summarize, taskScore } from './summarize';
import type { Answer, EvaluationDocument, EvaluationRow } from './types';

const HEAD = ['suite', 'id', 'split', 'category', 'prompt', 'reference', 'variant', 'verdict', 'by'] as const;
const TAIL = [
  'answer',
  'tokens',
  'ended',
  'referenceLogProbability',
  'refusalMargin',
  'repetition',
  'perplexity',
] as const;

/** A line for each prompt and variant (RFC 4180), as the CSV of an analysis. */
export function formatEvaluationCsv(document: EvaluationDocument, options: ExportOptions): string {
  const { taskScores } = summarize(document);
  const { rows, variants } = exported(document, options);
  const lines: (readonly (string | number | null)[])[] = [[...HEAD, ...taskScores, ...TAIL]];
  for (const row of rows) {
    for (const { id } of variants) {
      const answer = answerOf(row, id);
      if (answer !== undefined) lines.push(fields(row, id, answer, taskScores));
    }
  }
  return lines.map((line) => `${line.map(csvField).join(',')}\r\n`).join('');
}

const whole = (text: string | undefined): string | null =>
  text === undefined ? null : visibleText(text, Infinity);

function fields(
  row: EvaluationRow,
  variant: string,
  answer: Answer,
  taskScores: readonly string[],
): readonly (string | number | null)[] {
  return [
    row.suite,
    whole(row.id),
    row.split,
    whole(row.category),
    whole(row.prompt),
    whole(row.reference),
    whole(variant),
    answer.verdict,
    answer.by,
    ...taskScores.map((id) => taskScore(answer, id) ?? null),
    whole(answer.text ?? LEFT_OUT),
    answer.tokens,
    answer.ended,
    answer.referenceLogProbability ?? null,
    answer.refusalMargin ?? null,
    answer.repetition,
    answer.perplexity ?? null,
  ];
}
