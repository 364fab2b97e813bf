import { lastOfName } from '../lastPart';
import type { ModuleMeasure, ModuleScores, PopulationKind, PopulationUsed, ScaleMode } from './types';
import {
  describePopulation,
  diemTheoretical,
  ediemIqr,
  ediemStd,
  type PopulationStatistics,
} from './population';

/** Fewer active modules than this have no usable spread: they are scored in the pooled population. */
export const SMALLEST_POPULATION = 4;

export interface ScoringOptions {
  readonly population: PopulationKind;
  readonly scale: ScaleMode;
}

export interface Scored {
  readonly scores: ModuleScores;
  readonly population: PopulationUsed;
}

/**
 * Scores of active modules from their measures: no weights are needed, so that other options cost nothing.
 * @param measures of active modules only: an untouched module has no score and does not belong to a population
 * @returns by module name
 */
export function scoreModules(
  measures: readonly ModuleMeasure[],
  options: ScoringOptions,
): Map<string, Scored> {
  const scaled = measures.map((measure) => inScaleMode(measure, options.scale));
  const groups = groupByKey(scaled, (measure) => populationKey(measure, options.population));
  const pooled = scaled.length > 0 ? describePopulation(scaled.map(dimensionFree)) : undefined;
  const scored = new Map<string, Scored>();
  for (const group of groups.values()) {
    const usable = group.length >= SMALLEST_POPULATION;
    const population = usable ? describePopulation(group.map((measure) => measure.distance)) : pooled;
    if (population === undefined) continue;
    const used: PopulationUsed = { kind: usable ? options.population : 'pooled', size: population.size };
    for (const measure of group) {
      const distance = usable ? measure.distance : dimensionFree(measure);
      scored.set(measure.module, { scores: scoresOf(measure, distance, population), population: used });
    }
  }
  return scored;
}

function groupByKey<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

/** `scale: none` divides the linear quantities by `s`; ratios stay. Scales are positive: others are never measured. */
function inScaleMode(measure: ModuleMeasure, mode: ScaleMode): ModuleMeasure {
  if (mode === 'effective') return measure;
  const s = measure.scale;
  return {
    ...measure,
    updateNorm: measure.updateNorm / s,
    projectedNorm: measure.projectedNorm / s,
    distance: measure.distance / s,
    reversal: measure.reversal / s,
    q1Projected: measure.q1Projected / s,
    q1Update: measure.q1Update / s,
  };
}

function populationKey(measure: ModuleMeasure, kind: PopulationKind): string {
  switch (kind) {
    case 'all':
      return '';
    case 'shape':
      return measure.shape.join('x');
    case 'type':
      return lastOfName(measure.module);
  }
}

/** `d / sqrt(m n)`: comparable between shapes. */
function dimensionFree(measure: ModuleMeasure): number {
  return measure.distance / Math.sqrt(measure.shape[0] * measure.shape[1]);
}

function scoresOf(measure: ModuleMeasure, distance: number, population: PopulationStatistics): ModuleScores {
  const [m, n] = measure.shape;
  return {
    vNorm: measure.vNorm,
    updateNorm: measure.updateNorm,
    projectedNorm: measure.projectedNorm,
    distance: measure.distance,
    relativeDistance: measure.distance / measure.updateNorm,
    retained: measure.projectedNorm / measure.updateNorm,
    cosine: measure.cosine,
    reversal: measure.reversal,
    reversalCosine: measure.reversal / measure.updateNorm,
    q1Projected: measure.q1Projected,
    q1Update: measure.q1Update,
    ediemIqr: ediemIqr(distance, measure.q1Projected - measure.q1Update, population),
    ediemStd: ediemStd(distance, population),
    diemTheoretical: diemTheoretical(measure.distance, m * n),
  };
}
