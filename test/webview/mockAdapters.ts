import type { ModuleMeasure } from '../../src/core/ediem/types';
import { scoreModules } from '../../src/core/ediem/scores';
import type { AnalysisDocument, AnalysisOptions, ModuleResult } from '../../src/core/report/analysis';
import { analysisOf, scored, unscored } from '../support/analysisDocument';
import { uniform } from '../support/random';
import { say } from '../../src/core/message';

const TYPES: readonly (readonly [string, number, number])[] = [
  ['self_attn.q_proj', 4096, 4096],
  ['self_attn.k_proj', 1024, 4096],
  ['self_attn.v_proj', 1024, 4096],
  ['self_attn.o_proj', 4096, 4096],
  ['mlp.gate_proj', 14336, 4096],
  ['mlp.up_proj', 14336, 4096],
  ['mlp.down_proj', 4096, 14336],
];

/** What an analysis of `count` modules of a Llama-like adapter would measure; a few blocks in the middle stand out. */
export function mockMeasures(count: number): ModuleMeasure[] {
  const next = uniform(count);
  return Array.from({ length: count }, (_measure, index) => {
    const block = Math.floor(index / TYPES.length);
    const [type, m, n] = TYPES[index % TYPES.length] ?? ['x', 1, 1];
    const blocks = Math.ceil(count / TYPES.length);
    const middle = Math.exp(-(((block / blocks - 0.55) / 0.18) ** 2));
    const updateNorm = (0.6 + 0.5 * next() + middle * 1.4 * next()) * Math.sqrt(m / 4096);
    const retained = 0.02 + 0.03 * next();
    return {
      module: `model.layers.${block}.${type}`,
      shape: [m, n],
      rank: 16,
      scale: 2,
      vNorm: 1.5 + next(),
      updateNorm,
      projectedNorm: updateNorm * retained,
      distance: updateNorm * (0.985 + 0.02 * next()),
      cosine: 0.3 * next() - 0.02,
      reversal: 0.05 * (next() - 0.4) + 0.05 * middle,
      q1Projected: -1e-6 * next(),
      q1Update: -1e-4 * (1 + next()),
    };
  });
}

/** An analysis of `count` modules; of 20 modules and more, one each is inactive, unmatched and unsupported. */
export function mockDocument(
  count: number,
  options: Partial<AnalysisOptions> = {},
  fields: Partial<AnalysisDocument> = {},
): AnalysisDocument {
  const chosen: AnalysisOptions = { population: 'shape', scale: 'effective', quartiles: 'exact', ...options };
  const measures = mockMeasures(count);
  const scores = scoreModules(measures, chosen);
  const modules = measures.map((measure, index): ModuleResult => {
    const odd =
      count >= 20 ? [undefined, 'inactive', 'unmatched', 'unsupported'].indexOf(oddStatus(index)) : 0;
    if (odd > 0)
      return unscored(measure.module, oddStatus(index) ?? 'inactive', ODD_REASONS[odd - 1] ?? say(''));
    const bytes = 2 * measure.rank * (measure.shape[0] + measure.shape[1]);
    const found = scores.get(measure.module);
    const { shape, rank, scale } = measure;
    return { ...scored(measure.module, found?.scores), shape, rank, scale, bytes };
  });
  return analysisOf(modules, {
    measures,
    options: chosen,
    base: '/home/anna/models/Llama-3.1-8B',
    aligned: '/home/anna/models/Llama-3.1-8B-Instruct',
    notes: [say('The adapter names 3 modules in target_modules that the base model does not have.')],
    carried: [{ tensor: 'base_model.model.lm_head.weight', reason: say('modules_to_save') }],
    ...fields,
  });
}

const ODD_REASONS = [
  say('B is zero: the module changes nothing.'),
  say('The base model has no tensor of this name.'),
  say('DoRA: the update is not of the form s B A.'),
];

function oddStatus(index: number): 'inactive' | 'unmatched' | 'unsupported' | undefined {
  return index === 4 ? 'inactive' : index === 9 ? 'unmatched' : index === 12 ? 'unsupported' : undefined;
}
