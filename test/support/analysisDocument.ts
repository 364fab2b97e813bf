import type { ModuleMeasure, ModuleScores } from '../../src/core/ediem/types';
import type {
  AnalysisDocument,
  ModuleResult,
  ScoredModule,
  UnscoredModule,
} from '../../src/core/report/analysis';
import { SCORE_NAMES } from '../../src/core/report/scores';
import type { ModuleVerdict } from '../../src/core/selection/types';
import type { Message } from '../../src/core/message';

const head = { shape: [96, 256], rank: 4, scale: 2, bytes: 2816 } as const;

const usualScores: ModuleScores = {
  vNorm: 0.5,
  updateNorm: 2,
  projectedNorm: 0.04,
  distance: 1.98,
  relativeDistance: 0.99,
  retained: 0.02,
  cosine: 0.35,
  reversal: -0.007,
  reversalCosine: -0.005,
  q1Projected: -0.0001,
  q1Update: -0.005,
  ediemIqr: 1.25,
  ediemStd: 0.9,
  diemTheoretical: -1.2,
};

export function scored(module: string, scores: Partial<ModuleScores> = {}): ScoredModule {
  return {
    ...head,
    ...usualScores,
    ...scores,
    module,
    status: 'scored',
    population: { kind: 'shape', size: 8 },
  };
}

export function unscored(module: string, status: UnscoredModule['status'], reason: Message): UnscoredModule {
  const none = Object.fromEntries(SCORE_NAMES.map((name) => [name, null])) as Record<
    keyof ModuleScores,
    null
  >;
  return { ...head, ...none, module, status, reason, population: null };
}

/** Modules of which one acts against the alignment step as no random update would, and the names of such modules. */
export function reversing(): {
  readonly modules: readonly ScoredModule[];
  readonly names: readonly string[];
} {
  const modules = Array.from({ length: 12 }, (_, block) => {
    // In standard deviations of chance: 8 for one, from -1 to 1 for the others.
    const value = block === 7 ? 8 : (block - 5.5) / 5.5;
    const reversalCosine = value / Math.sqrt(head.shape[0] * head.shape[1]);
    const { updateNorm } = usualScores;
    return scored(`layers.${block}.q`, { reversalCosine, reversal: reversalCosine * updateNorm });
  });
  return { modules, names: ['layers.7.q'] };
}

/** A whole weight with scores. */
export function replaced(parameter: string, scores: Partial<ModuleScores> = {}): ScoredModule {
  return { ...scored(parameter, scores), kind: 'replacement', rank: 96, scale: 1 };
}

/** What was measured of a module of the usual shape. */
export function measureOf(module: string, fields: Partial<ModuleMeasure> = {}): ModuleMeasure {
  return {
    module,
    shape: [96, 256],
    rank: 4,
    scale: 2,
    vNorm: 1,
    updateNorm: 2,
    projectedNorm: 1,
    distance: 1,
    cosine: 0.5,
    reversal: -0.1,
    q1Projected: -0.1,
    q1Update: -0.2,
    ...fields,
  };
}

/** An analysis with these modules and nothing special. */
export function analysisOf(
  modules: readonly ModuleResult[],
  fields: Partial<AnalysisDocument> = {},
): AnalysisDocument {
  return {
    schemaVersion: 2,
    tool: { name: 'splora', version: '0.1.0' },
    adapter: '/models/my adapter/adapter_model.safetensors',
    base: '/models/base',
    aligned: '/models/aligned',
    family: 'peft',
    options: { population: 'shape', scale: 'effective', quartiles: 'exact' },
    modules,
    carried: [],
    notes: [],
    about: 'About.',
    measures: [],
    inputs: [{ path: '/models/my adapter/adapter_model.safetensors', size: 10, mtimeMs: 1.5 }],
    timing: { wallMs: 12.5, bytesRead: 1000, peakRssBytes: 2000 },
    ...fields,
  };
}

export function verdict(
  module: string,
  rankPosition: number | null,
  what: ModuleVerdict['verdict'] = 'keep',
  by: ModuleVerdict['by'] = 'rule',
): ModuleVerdict {
  return { module, verdict: what, by, rankPosition };
}

/** A name that tries everything: markup, formulas, escapes, bidi, terminal sequences (with ESC and with U+009B), fillers. */
export const HOSTILE_NAME =
  '=cmd|"<img src=x onerror=alert(1)>`[a](http://b)\u202e\u001b[31m\u009b31m\u007f\u3164,\n$(flame){0}';
