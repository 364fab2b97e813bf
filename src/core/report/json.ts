import { prunedModules } from '../selection/select';
import type { ModuleVerdict, SelectionOptions } from '../selection/types';
import type { AnalysisDocument } from './analysis';
import { jsonText } from './escape';

/**
 * The document as JSON text with the decision added; a reader of documents takes it for a document.
 * @param more what the caller adds besides: the gates of the command line
 */
export function formatDecided(
  document: AnalysisDocument,
  verdicts: readonly ModuleVerdict[],
  selection: SelectionOptions,
  more: Readonly<Record<string, unknown>> = {},
): string {
  return jsonText({ ...document, selection, flagged: prunedModules(verdicts), ...more });
}
