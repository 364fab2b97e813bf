import { evidenceOf } from '../evidence/evidence';
import { say, type Message } from '../message';
import { DEFAULT_TASK_SCORE } from '../results/evaluation/exportOptions';
import { ADAPTER, summarize } from '../results/evaluation/summarize';
import type { EvaluationDocument } from '../results/evaluation/types';
import type { Rate } from '../statistics/intervals';
import { isPair, type AnalysisDocument, type ScoredModule } from './analysis';
import { splitModuleName } from './moduleName';
import { formatScore, formatSignificant } from './scores';

/** An analyzed adapter of a training run. */
export interface StepEntry {
  /** What heads its column: the step. */
  readonly head: string;
  readonly document: AnalysisDocument;
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
  /** `sqrt(sum ‖dW‖²)`. */
  readonly size: number;
  /** Mean of `‖P‖ / ‖dW‖`; null without scores. */
  readonly retained: number | null;
  readonly standsOut: number;
}

/** One measure over the steps. */
export interface StepLine {
  readonly label: Message;
  /** In the order of the steps; null where it is not known. */
  readonly values: readonly (number | null)[];
  readonly format: (value: number) => string;
  /** What chance stays below, step by step. */
  readonly limits?: readonly (number | null)[];
}

export function figuresOf({ document, evaluation }: StepEntry): StepFigures {
  const scored = scoredPairs(document);
  const { reversal, standsOut } = evidenceOf(document);
  const adapter =
    evaluation === null ? undefined : summarize(evaluation).variants.find(({ id }) => id === ADAPTER);
  return {
    answered: adapter?.asr ?? null,
    solved: adapter?.task.get(DEFAULT_TASK_SCORE) ?? null,
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
      values: figures.map(({ answered }) => answered?.value ?? null),
      format: percent,
    },
    {
      label: say('tasks solved'),
      values: figures.map(({ solved }) => solved?.value ?? null),
      format: percent,
    },
    {
      label: say('reversal of the whole adapter, in standard deviations of chance'),
      values: figures.map(({ reversal }) => reversal),
      limits: figures.map(({ reversalLimit }) => reversalLimit),
      format: (value) => value.toFixed(1),
    },
    {
      label: say('share along the alignment (retained, mean)'),
      values: figures.map(({ retained }) => retained),
      format: (value) => formatScore('retained', value),
    },
    {
      label: say('size of the update ‖dW‖'),
      values: figures.map(({ size }) => size),
      format: formatSignificant,
    },
  ];
  return lines.filter(({ values }) => values.some((value) => value !== null));
}

/** Mean reversal of each layer at each step: rows of a heat map in the order of the model; null where there is none. */
export function reversalByLayer(
  entries: readonly StepEntry[],
): readonly { readonly layer: string; readonly values: readonly (number | null)[] }[] {
  const layers = new Map<string, number[][]>();
  for (const [step, { document }] of entries.entries()) {
    for (const { module, reversal } of scoredPairs(document)) {
      const { block, blockPrefix } = splitModuleName(module);
      if (block === null) continue;
      const layer = `${blockPrefix}.${block}`;
      const steps = layers.get(layer) ?? entries.map(() => []);
      steps[step]?.push(reversal);
      layers.set(layer, steps);
    }
  }
  return Array.from(layers, ([layer, steps]) => ({ layer, values: steps.map(meanOf) }));
}

function scoredPairs({ modules }: AnalysisDocument): readonly ScoredModule[] {
  return modules.filter((result): result is ScoredModule => result.status === 'scored' && isPair(result));
}

function meanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

const percent = (value: number): string => `${Math.round(100 * value)} %`;
