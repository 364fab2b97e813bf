import type { Rate } from '../../statistics/intervals';
import { stepOfPath } from '../../trainingStep';
import { metricsOf, type StepMetrics } from '../stepMetrics';
import { ADAPTER, ALIGNED, summarize, type VariantSummary } from './summarize';
import type { EvaluatedVariant, EvaluationDocument } from './types';

type Entry = readonly [name: string, value: number | null];

/**
 * What a tracker logs of an evaluation, in the order of its variants. The adapter's metrics have plain names
 * (`splora/asr`); those of the aligned model, and of variants of the adapter, have the variant's (`splora/aligned/asr`). A
 * variant that is the checkpoint of another step, and the only one of it, is another step.
 * @param step of the adapter
 */
export function evaluationMetrics(document: EvaluationDocument, step: number | null): readonly StepMetrics[] {
  const { variants } = summarize(document);
  const entriesOf = ({ id }: EvaluatedVariant, prefix = ''): readonly Entry[] =>
    variants
      .filter((variant) => variant.id === id)
      .flatMap(variantEntries)
      .map(([name, value]) => [`${prefix}${name}`, value]);
  const stepOfVariant = ({ id, adapter, scale }: EvaluatedVariant): number | null =>
    id === ADAPTER ? step : adapter === null || scale !== 1 ? null : stepOfPath(adapter);
  const steps = document.variants.map(stepOfVariant);
  const isStep = (variant: EvaluatedVariant): boolean => {
    const own = stepOfVariant(variant);
    return variant.id === ADAPTER || (own !== null && steps.indexOf(own) === steps.lastIndexOf(own));
  };
  const beside = document.variants.filter((variant) => !isStep(variant));
  const named = (those: readonly EvaluatedVariant[]): readonly Entry[] =>
    those.flatMap((variant) => entriesOf(variant, `${variant.id}/`));
  return document.variants.filter(isStep).map((variant) => ({
    step: stepOfVariant(variant),
    metrics: metricsOf([
      ...entriesOf(variant),
      ...named(variant.id === ADAPTER ? beside : beside.filter(({ id }) => id === ALIGNED)),
    ]),
  }));
}

function variantEntries(variant: VariantSummary): readonly Entry[] {
  const { asr, overRefusal, unclear, task, refusalMargin, repetition, perplexity } = variant;
  return [
    ...rateEntries('asr', asr),
    ...rateEntries('overRefusal', overRefusal),
    ...Object.entries(unclear).map(([suite, rate]): Entry => [`unclear/${suite}`, rate?.value ?? null]),
    ...[...task].flatMap(([id, rate]) => rateEntries(`task/${id}`, rate)),
    ['refusalMargin', refusalMargin],
    ['repetition', repetition],
    ['perplexity', perplexity],
  ];
}

/** A rate and its 95 % interval. */
function rateEntries(name: string, rate: Rate | null): readonly Entry[] {
  return [
    [name, rate?.value ?? null],
    [`${name}/low`, rate?.low ?? null],
    [`${name}/high`, rate?.high ?? null],
  ];
}
