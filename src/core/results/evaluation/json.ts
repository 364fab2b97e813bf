import { jsonText } from '../../report/escape';
import { exported, type ExportOptions } from './exportOptions';
import { summarize, type Comparison, type EvaluationSummary } from './summarize';
import type { EvaluationDocument } from './types';

/**
 * The document as JSON with its summary added; a reader of documents takes it for a document.
 * @param more what the caller adds besides: the gates of the command line
 */
export function formatEvaluation(
  document: EvaluationDocument,
  options: ExportOptions,
  more: Readonly<Record<string, unknown>> = {},
): string {
  return jsonText({ ...exported(document, options), summary: plainSummary(summarize(document)), ...more });
}

/** Maps as objects. */
export function plainSummary({ variants, taskScores }: EvaluationSummary): object {
  const plainComparison = (comparison: Comparison | null): object | null =>
    comparison === null ? null : { ...comparison, task: Object.fromEntries(comparison.task) };
  return {
    taskScores,
    variants: variants.map((variant) => ({
      ...variant,
      task: Object.fromEntries(variant.task),
      comparedWith: {
        adapter: plainComparison(variant.comparedWith.adapter),
        aligned: plainComparison(variant.comparedWith.aligned),
      },
    })),
  };
}
