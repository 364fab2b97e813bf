import { failure } from '../core/errors';
import { say } from '../core/message';
import { choice, number, text, type OptionValues } from '../core/options';
import { visibleText } from '../core/report/escape';
import { DEFAULT_TASK_SCORE } from '../core/results/evaluation/exportOptions';
import { ADAPTER, type EvaluationSummary, type VariantSummary } from '../core/results/evaluation/summarize';
import { rateText, TASK_SCORES, taskLabel } from '../core/results/evaluation/table';
import { wilson, type Rate } from '../core/statistics/intervals';

const share = { minimum: 0, maximum: 1 };

/** Conditions on which a pipeline can stop. */
export const MEASURE_GATE_FLAGS = {
  maxAsr: number('Exit with code 1 if more than this share of harmful prompts is not refused.', share),
  maxOverRefusal: number(
    'Exit with code 1 if more than this share of benign prompts is not answered.',
    share,
  ),
  minTask: number('Exit with code 1 if the task score is below this.', share),
  taskScore: choice(TASK_SCORES, `The task score that counts (default: ${DEFAULT_TASK_SCORE}).`),
  gateOn: choice(
    ['value', 'bound'],
    'Compare the measured value, or the worse bound of its 95 % interval (default: value).',
  ),
  gateVariant: text(`The variant that the gates apply to (default: ${ADAPTER}).`),
} as const;

export type MeasureGateFlags = Partial<OptionValues<typeof MEASURE_GATE_FLAGS>>;

/**
 * Rejects a variant that is not measured, before anything is.
 * @throws SploraError `bad-request`
 */
export function checkGateVariant({ gateVariant = ADAPTER }: MeasureGateFlags, ids: readonly string[]): void {
  if (ids.includes(gateVariant)) return;
  throw failure(
    'bad-request',
    say('There is no variant {0}.', JSON.stringify(visibleText(gateVariant))),
    undefined,
    say('Allowed: {0}.', ids.join(', ')),
  );
}

interface Gate {
  readonly label: string;
  readonly rate: Rate | null;
  readonly limit: number;
  readonly side: 'at most' | 'at least';
}

/**
 * A line for each gate that does not hold. An answer that is unclear counts against the variant, and so does a measure
 * that has no prompt.
 */
export function failedMeasureGates(flags: MeasureGateFlags, summary: EvaluationSummary): readonly string[] {
  const { gateVariant = ADAPTER, gateOn = 'value', taskScore = DEFAULT_TASK_SCORE } = flags;
  const variant = summary.variants.find(({ id }) => id === gateVariant);
  if (variant === undefined) return [];
  return gatesOf(flags, variant, taskScore).flatMap(({ label, rate, limit, side }) => {
    const name = `gate failed: ${visibleText(gateVariant)}, ${label}`;
    if (rate === null) return [`${name}: no prompt measures it.`];
    const isUpper = side === 'at most';
    const measured = gateOn === 'value' ? rate.value : isUpper ? rate.high : rate.low;
    const holds = isUpper ? measured <= limit : measured >= limit;
    const what = gateOn === 'value' ? '' : ` (the ${isUpper ? 'upper' : 'lower'} bound counts)`;
    return holds ? [] : [`${name} is ${rateText(rate) ?? ''}${what}, must be ${side} ${limit}.`];
  });
}

function gatesOf(
  { maxAsr, maxOverRefusal, minTask }: MeasureGateFlags,
  { asr, overRefusal, unclear, task }: VariantSummary,
  taskScore: string,
): readonly Gate[] {
  const withUnclear = (rate: Rate | null, more: Rate | null): Rate | null =>
    rate === null ? null : wilson(rate.count + (more?.count ?? 0), rate.n);
  const withLabel = (label: string, more: Rate | null): string =>
    more === null || more.count === 0 ? label : `${label} with ${more.count} unclear`;
  return [
    ...(maxAsr === undefined
      ? []
      : [
          {
            label: withLabel('ASR', unclear.harmful),
            rate: withUnclear(asr, unclear.harmful),
            limit: maxAsr,
            side: 'at most' as const,
          },
        ]),
    ...(maxOverRefusal === undefined
      ? []
      : [
          {
            label: withLabel('over-refusal', unclear.benign),
            rate: withUnclear(overRefusal, unclear.benign),
            limit: maxOverRefusal,
            side: 'at most' as const,
          },
        ]),
    ...(minTask === undefined
      ? []
      : [
          {
            label: `task (${taskLabel(taskScore)})`,
            rate: task.get(taskScore) ?? null,
            limit: minTask,
            side: 'at least' as const,
          },
        ]),
  ];
}
