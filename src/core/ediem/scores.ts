import { expertPlace } from '../adapter/experts';
import { groupBy } from '../groupBy';
import { lastOfName } from '../lastPart';
import type { AnalysisOptions } from '../report/analysis';
import type {
  MeasuredModule,
  ModuleMeasure,
  ModuleScores,
  PopulationKind,
  PopulationUsed,
  ScaleMode,
} from './types';
import {
  describePopulation,
  diemTheoretical,
  ediemIqr,
  ediemStd,
  type PopulationStatistics,
} from './population';

/** Fewer active modules than this have no usable spread: they are scored in the pooled population. */
export const SMALLEST_POPULATION = 4;

export type ScoringOptions = Pick<AnalysisOptions, 'population' | 'scale'>;

export interface Scored {
  readonly scores: ModuleScores;
  readonly population: PopulationUsed;
}

/**
 * Scores of active modules from their measures: no weights are needed, so that other options cost nothing.
 * A replacement is measured against the LoRA pairs and belongs to no population: one whole weight would move the mean of
 * all of them, and alone it would be compared with itself. Where no pair has a score, it has none.
 * @param measures of active modules only: an untouched module has no score and does not belong to a population
 * @returns by module name
 */
export function scoreModules(
  measures: readonly ModuleMeasure[],
  options: ScoringOptions,
): Map<string, Scored> {
  const scaled = measures.map((measure) => inScaleMode(measure, options.scale));
  const keyOf = (measure: ModuleMeasure): string => populationKey(measure, options.population);
  const pairs = scaled.filter(({ kind }) => kind === undefined);
  if (pairs.length === 0) return new Map();
  const pooled = describePopulation(pairs.map(dimensionFree));
  const own = new Map<string, PopulationStatistics>();
  for (const [key, group] of groupBy(pairs, keyOf)) {
    if (group.length >= SMALLEST_POPULATION)
      own.set(key, describePopulation(group.map((measure) => measure.distance)));
  }
  return new Map(
    scaled.map((measure): [string, Scored] => {
      const usable = own.get(keyOf(measure));
      const population = usable ?? pooled;
      const used: PopulationUsed = {
        kind: usable === undefined ? 'pooled' : options.population,
        size: population.size,
      };
      const distance = usable === undefined ? dimensionFree(measure) : measure.distance;
      return [measure.module, { scores: scoresOf(measure, distance, population), population: used }];
    }),
  );
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

/** Modules with equal keys are compared with each other. */
export function populationKey(measure: MeasuredModule, kind: PopulationKind): string {
  switch (kind) {
    case 'all':
      return '';
    case 'shape':
      return measure.shape.join('x');
    case 'type': {
      // A replacement is called after its parameter, `….q_proj.weight`.
      const module =
        measure.kind === undefined ? measure.module : measure.module.replace(/\.(?:weight|bias)$/, '');
      // Matrices of experts are smaller than those of the same name in dense layers and shared experts.
      const place = expertPlace(module);
      return place === undefined ? lastOfName(module) : `experts.${place.matrix}`;
    }
  }
}

/** `d / sqrt(m n)`: comparable between shapes. */
function dimensionFree(measure: ModuleMeasure): number {
  return measure.distance / Math.sqrt(measure.shape[0] * measure.shape[1]);
}

function scoresOf(measure: ModuleMeasure, distance: number, population: PopulationStatistics): ModuleScores {
  const { module: _module, kind: _kind, shape, rank: _rank, scale: _scale, ...measured } = measure;
  const { updateNorm, projectedNorm, reversal, q1Projected, q1Update } = measured;
  return {
    ...measured,
    relativeDistance: measured.distance / updateNorm,
    retained: projectedNorm / updateNorm,
    reversalCosine: reversal / updateNorm,
    ediemIqr: ediemIqr(distance, q1Projected - q1Update, population),
    ediemStd: ediemStd(distance, population),
    diemTheoretical: diemTheoretical(measured.distance, shape[0] * shape[1]),
  };
}
