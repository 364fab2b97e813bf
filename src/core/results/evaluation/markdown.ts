import { render } from '../../message';
import { escapeMarkdown } from '../../report/escape';
import { relativePaths } from '../../report/relativePaths';
import { DEFAULT_TASK_SCORE, exported, LEFT_OUT, type ExportOptions } from './exportOptions';
import { failureOf } from './failures';
import { answerOf, summarize } from './summarize';
import { comparisonLines, detailsTable, ratesTable, READING, type TextTable } from './table';
import type { EvaluationDocument, EvaluationRow } from './types';

/** A report to read or to paste into a review: what was measured, rates, differences, changed prompts. */
export function formatEvaluationMarkdown(document: EvaluationDocument, options: ExportOptions): string {
  const summary = summarize(document);
  const shown = exported(document, options);
  const changed = changedPrompts(shown, options.taskScore ?? DEFAULT_TASK_SCORE);
  const sections = [
    ['# SPLoRA evaluation'],
    inputs(document),
    ['## Results', '', ...markdownTable(ratesTable(summary))],
    ['## Differences', '', ...comparisonLines(summary, summary.taskScores).map(bullet)],
    ['## Reliability and cost', '', ...markdownTable(detailsTable(summary, document))],
    ...(changed.length === 0 ? [] : [['## Prompts that changed', '', ...changed]]),
    ...(document.notes.length === 0
      ? []
      : [['## Notes', '', ...document.notes.map((note) => bullet(render(note)))]]),
    ['## How to read this', '', ...READING.map(bullet)],
  ];
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function inputs(document: EvaluationDocument): string[] {
  const { runner, sampling, suites, judge, adapter, aligned } = document;
  const paths = relativePaths({ adapter, aligned });
  return [
    bullet(`Adapter: ${paths.adapter}`),
    bullet(`Aligned: ${paths.aligned}`),
    bullet(`Run by: ${runner.software}${runner.url === undefined ? '' : ` at ${runner.url}`}`),
    bullet(`Greedy, at most ${sampling.maxNewTokens} new tokens`),
    bullet(`Refusals decided by: ${judge === null ? 'rules' : judge.model}`),
    ...suites.map(({ kind, file, prompts, total }) =>
      bullet(`Suite (${kind}): ${file}, ${prompts} of ${total} prompts`),
    ),
    bullet(`Made by splora ${document.toolVersion}`),
  ];
}

/** Rows of the table of changed prompts; the JSON has all. */
const MAX_CHANGED = 200;

/** Prompts on which a variant passes or fails otherwise than the aligned model and the adapter do. */
function changedPrompts(document: EvaluationDocument, taskScore: string): readonly string[] {
  const ids = document.variants.map(({ id }) => id);
  const outcome = (row: EvaluationRow, id: string): string => {
    const answer = answerOf(row, id);
    return answer === undefined ? '' : (failureOf(row, answer, taskScore) ?? 'passed');
  };
  const changed = document.rows.filter((row) => new Set(ids.map((id) => outcome(row, id))).size > 1);
  const answers = (row: EvaluationRow): string[] =>
    ids.map((id) => {
      const answer = answerOf(row, id);
      return answer === undefined ? '' : `${outcome(row, id)}: ${answer.text ?? LEFT_OUT}`;
    });
  const shown = changed.slice(0, MAX_CHANGED).map((row) => [row.suite, row.id, row.prompt, ...answers(row)]);
  if (shown.length === 0) return [];
  const rest = changed.length - shown.length;
  return [
    ...markdownTable({ head: ['suite', 'id', 'prompt', ...ids], rows: shown }),
    ...(rest === 0 ? [] : ['', `… and ${rest} more.`]),
  ];
}

/** Lines of a table, its cells escaped. */
export function markdownTable({ head, rows }: TextTable): readonly string[] {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => escapeMarkdown(cell, MAX_CELL)).join(' | ')} |`;
  return [line(head), `|${head.map(() => ' :-- |').join('')}`, ...rows.map(line)];
}

const MAX_CELL = 500;
const MAX_PROSE_LENGTH = 5000;

/** An item of a list. */
export const bullet = (text: string): string => `- ${escapeMarkdown(text, MAX_PROSE_LENGTH)}`;
