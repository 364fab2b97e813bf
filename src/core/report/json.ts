import { selectedModules } from '../selection/select';
import type { ModuleVerdict, SelectionOptions } from '../selection/types';
import { evidenceOf } from '../evidence/evidence';
import { headline } from '../evidence/headline';
import type { AnalysisDocument } from './analysis';
import { jsonText } from './escape';

/**
 * The document as JSON text with what stands out and what is selected; a reader of documents takes it for a document.
 * @param more what the caller adds besides: the gates of the command line
 */
export function formatDecided(
  document: AnalysisDocument,
  verdicts: readonly ModuleVerdict[],
  selection: SelectionOptions,
  more: Readonly<Record<string, unknown>> = {},
): string {
  const evidence = evidenceOf(document);
  const { sentences } = headline(evidence, null, selection.rankBy);
  return jsonText({
    ...document,
    evidence: { ...evidence, sentences },
    ...{ selection, selected: selectedModules(verdicts) },
    ...more,
  });
}
