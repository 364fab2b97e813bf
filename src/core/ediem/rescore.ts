import { scoreModules, type ScoringOptions } from './scores';
import type { AnalysisDocument } from '../report/analysis';

/** The same measurements scored in another population or scale mode. Reads no weights; a new document. */
export function rescore(document: AnalysisDocument, options: ScoringOptions): AnalysisDocument {
  const scored = scoreModules(document.measures, options);
  const modules = document.modules.map((result) => {
    const score = scored.get(result.module);
    if (result.status !== 'scored' || score === undefined) return result;
    return { ...result, ...score.scores, population: score.population };
  });
  return { ...document, options: { ...document.options, ...options }, modules };
}
