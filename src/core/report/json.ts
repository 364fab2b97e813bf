import type { ModuleVerdict, SelectionOptions } from '../selection/types';
import type { AnalysisDocument } from './analysis';
import { jsonText } from './escape';

/** The document as JSON text, indented, with a line end. */
export function formatAnalysis(document: AnalysisDocument): string {
  return jsonText(document);
}

/**
 * The document with the decision added; a reader of documents takes it for a document.
 * @param more what the caller adds besides: the gates of the command line
 */
export function formatDecided(
  document: AnalysisDocument,
  verdicts: readonly ModuleVerdict[],
  selection: SelectionOptions,
  more: Readonly<Record<string, unknown>> = {},
): string {
  const flagged = verdicts.filter(({ verdict }) => verdict === 'prune').map(({ module }) => module);
  const decided = { ...document, selection, flagged, ...more };
  return formatAnalysis(decided);
}
