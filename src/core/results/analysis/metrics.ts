import { evidenceOf } from '../../evidence/evidence';
import { isPair, type AnalysisDocument } from '../../report/analysis';
import { selectedModules } from '../../selection/select';
import type { ModuleVerdict } from '../../selection/types';
import { metricsOf, type StepMetrics } from '../stepMetrics';

/** The scores that compare across adapters: E-DIEM compares the modules of one. */
const COMPARED = ['reversal', 'reversalCosine', 'cosine', 'retained', 'updateNorm'] as const;

/**
 * What a tracker logs of an analysis, over the scored LoRA modules: how many they are, how many the rule selects and how
 * many stand out, reversal (in standard deviations of chance) and size of the whole update, and mean, smallest and largest
 * of each score that compares across adapters.
 */
export function analysisMetrics(
  document: AnalysisDocument,
  verdicts: readonly ModuleVerdict[],
  step: number | null,
): StepMetrics {
  const { standsOut, reversal } = evidenceOf(document);
  const scored = document.modules.filter(isPair).filter((module) => module.status === 'scored');
  const scores = COMPARED.flatMap((name) => {
    const values = scored.map((module) => module[name]);
    const sum = values.reduce((total, value) => total + value, 0);
    return [
      [`${name}/mean`, sum / values.length],
      [`${name}/min`, values.reduce((least, value) => Math.min(least, value), Infinity)],
      [`${name}/max`, values.reduce((most, value) => Math.max(most, value), -Infinity)],
    ] as const;
  });
  return {
    step,
    metrics: metricsOf([
      ['scored', scored.length],
      ['selected', selectedModules(verdicts).length],
      ['standsOut', standsOut.length],
      ['reversal/whole', reversal?.value ?? null],
      ['updateNorm/whole', Math.sqrt(scored.reduce((sum, { updateNorm }) => sum + updateNorm ** 2, 0))],
      ...scores,
    ]),
  };
}
