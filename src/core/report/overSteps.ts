import type { ScoreName } from '../ediem/types';
import { evidenceOf } from '../evidence/evidence';
import { say, type Message } from '../message';
import { DEFAULT_TASK_SCORE } from '../results/evaluation/exportOptions';
import { ADAPTER, summarize } from '../results/evaluation/summarize';
import type { EvaluationDocument } from '../results/evaluation/types';
import type { Rate } from '../statistics/intervals';
import { isPair, type AnalysisDocument, type ScoredModule } from './analysis';
import { splitModuleName } from './moduleName';
import { formatScore, formatSignificant } from './scores';

/** What pages and reports over steps say below. */
export const NOT_OVER_STEPS = say(
  'E-DIEM compares modules within one adapter only, so it is not shown over steps.',
);
export const NO_PROOF = say('Scores measure weights, not behavior: test an adapter before you trust it.');

/** An adapter of a training run. */
export interface StepEntry {
  /** What heads its column: the step. */
  readonly head: string;
  /** Null: not analyzed. */
  readonly document: AnalysisDocument | null;
  /** Null: not measured, or of other weights. */
  readonly evaluation: Pick<EvaluationDocument, 'rows' | 'variants'> | null;
}

/** What compares across the adapters of a run. E-DIEM does not: it compares the modules of one. */
export interface StepFigures {
  readonly answered: Rate | null;
  readonly solved: Rate | null;
  /** All updates against the alignment step, in standard deviations of chance; null without scores. */
  readonly reversal: number | null;
  /** What chance stays below. */
  readonly reversalLimit: number | null;
  /** `sqrt(sum ‖dW‖²)`; this and the next two are null without scores. */
  readonly size: number | null;
  /** Mean of `‖P‖ / ‖dW‖`. */
  readonly retained: number | null;
  readonly standsOut: number | null;
}

/** One measure over the steps. */
export interface StepLine {
  readonly label: Message;
  /** For column heads and other narrow places. */
  readonly short: Message;
  /** In the order of the steps; null where it is not known. */
  readonly values: readonly (number | null)[];
  readonly format: (value: number) => string;
  /** What chance stays below, step by step. */
  readonly limits?: readonly (number | null)[];
}

/** The range that the axis of a line covers: 0 is always in it. */
export function axisOf({ values, limits = [] }: StepLine): { readonly low: number; readonly high: number } {
  const known = [...values, ...limits].filter((value) => value !== null);
  const low = known.reduce((least, value) => Math.min(least, value), 0);
  return { low, high: known.reduce((most, value) => Math.max(most, value), low + 1e-9) };
}

export function figuresOf({ document, evaluation }: StepEntry): StepFigures {
  const adapter =
    evaluation === null ? undefined : summarize(evaluation).variants.find(({ id }) => id === ADAPTER);
  const measured = {
    answered: adapter?.asr ?? null,
    solved: adapter?.task.get(DEFAULT_TASK_SCORE) ?? null,
  };
  if (document === null)
    return { ...measured, reversal: null, reversalLimit: null, size: null, retained: null, standsOut: null };
  const scored = scoredPairs(document);
  const { reversal, standsOut } = evidenceOf(document);
  return {
    ...measured,
    reversal: reversal?.value ?? null,
    reversalLimit: reversal?.limit ?? null,
    size: Math.sqrt(scored.reduce((sum, { updateNorm }) => sum + updateNorm ** 2, 0)),
    retained: meanOf(scored.map(({ retained }) => retained)),
    standsOut: standsOut.length,
  };
}

/** The measures to draw, those of behavior first; without those that no step has. */
export function stepLines(figures: readonly StepFigures[]): readonly StepLine[] {
  const lines: readonly StepLine[] = [
    {
      label: say('harmful prompts answered'),
      short: say('Harmful prompts answered'),
      values: figures.map(({ answered }) => answered?.value ?? null),
      format: percent,
    },
    {
      label: say('tasks solved'),
      short: say('Tasks solved'),
      values: figures.map(({ solved }) => solved?.value ?? null),
      format: percent,
    },
    {
      label: say('reversal of the whole adapter, in standard deviations of chance'),
      short: say('Reversal, whole'),
      values: figures.map(({ reversal }) => reversal),
      limits: figures.map(({ reversalLimit }) => reversalLimit),
      format: (value) => value.toFixed(1),
    },
    {
      label: say('share along the alignment (retained, mean)'),
      short: say('Retained, mean'),
      values: figures.map(({ retained }) => retained),
      format: (value) => formatScore('retained', value),
    },
    {
      label: say('size of the update ‖dW‖'),
      short: say('‖dW‖'),
      values: figures.map(({ size }) => size),
      format: formatSignificant,
    },
    {
      label: say('modules that stand out'),
      short: say('Stand out'),
      values: figures.map(({ standsOut }) => standsOut),
      format: String,
    },
  ];
  return lines.filter(({ values }) => values.some((value) => value !== null));
}

/** A layer at each step. */
export interface LayerOverSteps {
  readonly layer: string;
  /** Null where there is no score. */
  readonly values: readonly (number | null)[];
}

/** Mean score of the modules of each layer at each step, in the order of the model. */
export function meanByLayer(
  documents: readonly (AnalysisDocument | null)[],
  score: ScoreName,
): readonly LayerOverSteps[] {
  const layers = new Map<string, number[][]>();
  for (const [step, document] of documents.entries()) {
    for (const result of document === null ? [] : scoredPairs(document)) {
      const { block, blockPrefix } = splitModuleName(result.module);
      if (block === null) continue;
      const layer = `${blockPrefix}.${block}`;
      const steps = layers.get(layer) ?? documents.map(() => []);
      steps[step]?.push(result[score]);
      layers.set(layer, steps);
    }
  }
  return Array.from(layers, ([layer, steps]) => ({ layer, values: steps.map(meanOf) }));
}

/** How many measures the sentence on a run names. */
const MAX_NAMED = 3;

/** One sentence: the leading measures at the first and at the last step that have them; null without two. */
export function stepsSummary(lines: readonly StepLine[], heads: readonly string[]): Message | null {
  const parts = lines.slice(0, MAX_NAMED).flatMap(({ short, values, format }) => {
    const known = [...values.keys()].filter((step) => values[step] !== null);
    const [first, last] = [known[0], known.at(-1)];
    if (first === undefined || last === undefined || first === last) return [];
    const ends = [first, last].flatMap((step) => [heads[step] ?? '', format(values[step] ?? 0)]);
    return [say('{0}: {2} at {1}, {4} at {3}', short, ...ends)];
  });
  const [one, two, three] = parts;
  if (one === undefined) return null;
  if (two === undefined) return say('{0}.', one);
  return three === undefined ? say('{0}; {1}.', one, two) : say('{0}; {1}; {2}.', one, two, three);
}

function scoredPairs({ modules }: AnalysisDocument): readonly ScoredModule[] {
  return modules.filter((result): result is ScoredModule => result.status === 'scored' && isPair(result));
}

function meanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

const percent = (value: number): string => `${Math.round(100 * value)} %`;
