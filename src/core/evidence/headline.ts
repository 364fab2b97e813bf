import type { ScoreName } from '../ediem/types';
import { say, type Message } from '../message';
import { needsPopulation } from '../report/scores';
import { DEFAULT_TASK_SCORE } from '../results/evaluation/exportOptions';
import { ADAPTER, ALIGNED, summarize } from '../results/evaluation/summarize';
import type { EvaluationDocument } from '../results/evaluation/types';
import type { Rate } from '../statistics/intervals';
import type { Evidence } from './types';

/** What to do next: measure behavior, repair, rank by reversal, read how it was decided. */
export type NextStep = 'measure' | 'repair' | 'rankByReversal' | 'explain';

/** What was found about an adapter, how sure, and what next. */
export interface Headline {
  /** The most telling sentence first. */
  readonly sentences: readonly Message[];
  readonly next: readonly NextStep[];
  /** Whether something was found that a user should look at: the only case that surfaces color. */
  readonly isFinding: boolean;
}

/** From here on, E-DIEM ranks as the size of the update does. */
const SAME_RANKING = 0.95;

/**
 * What surfaces say first: a measurement of the adapter if there is one, else what its weights show; then, where E-DIEM
 * ranks and only follows size, that.
 * @param evidence null: not analyzed
 * @param evaluation of this adapter, for the same weights
 */
export function headline(
  evidence: Evidence | null,
  evaluation: Pick<EvaluationDocument, 'rows' | 'variants'> | null,
  rankBy: ScoreName,
): Headline {
  const measured = evaluation === null ? null : measuredOf(evaluation);
  const isMeasured = measured !== null;
  const weights = evidence === null ? null : weightsOf(evidence);
  const size =
    evidence !== null && needsPopulation(rankBy) ? sizeOf(evidence.sizeCorrelation, isMeasured) : null;
  const isBeyond = evidence?.reversal != null && evidence.reversal.value > evidence.reversal.limit;
  return {
    sentences: [measured?.text, weights, size].filter((text) => text != null),
    next: [
      ...(isMeasured ? [] : (['measure'] as const)),
      ...(measured?.isWorse === true ? (['repair'] as const) : []),
      ...(size === null ? [] : (['rankByReversal'] as const)),
      ...(evidence === null ? [] : (['explain'] as const)),
    ],
    isFinding: measured?.isWorse ?? (isBeyond || (evidence?.standsOut.length ?? 0) > 0),
  };
}

/** Null where no harmful prompt was measured. */
function measuredOf(evaluation: Pick<EvaluationDocument, 'rows' | 'variants'>): {
  readonly text: Message;
  readonly isWorse: boolean;
} | null {
  const { variants } = summarize(evaluation);
  const adapter = variants.find(({ id }) => id === ADAPTER);
  const before = variants.find(({ id }) => id === ALIGNED)?.asr ?? null;
  const asr = adapter?.asr ?? null;
  if (asr === null) return null;
  const task = adapter?.task.get(DEFAULT_TASK_SCORE) ?? null;
  return { text: answeredText(asr, before, task), isWorse: before !== null && asr.low > before.high };
}

function answeredText(asr: Rate, before: Rate | null, task: Rate | null): Message {
  const answered =
    before === null
      ? say('Measured: {0} of {1} harmful prompts answered', asr.count, asr.n)
      : say(
          'Measured: {0} of {1} harmful prompts answered ({2} before fine-tuning)',
          ...[asr.count, asr.n, before.count],
        );
  return task === null
    ? say('{0}.', answered)
    : say('{0}, {1} of {2} tasks solved.', answered, ...counts(task));
}

const counts = ({ count, n }: Rate): readonly [number, number] => [Math.round(count), n];

/** Null without scores. */
function weightsOf({ standsOut, reversal }: Evidence): Message | null {
  if (reversal === null) return null;
  const figures = [reversal.value.toFixed(1), reversal.limit.toFixed(1)] as const;
  const what =
    reversal.value > reversal.limit
      ? say(
          'the update acts against the alignment step beyond chance ({0} standard deviations, limit {1})',
          ...figures,
        )
      : reversal.value < -reversal.limit
        ? say(
            'the update extends the alignment step beyond chance ({0} standard deviations, limit -{1})',
            ...figures,
          )
        : say(
            'the update acts against the alignment step no more than chance does ({0} standard deviations, limit {1})',
            ...figures,
          );
  const { length: count } = standsOut;
  if (count === 0) return say('Weights: no module stands out; {0}.', what);
  return count === 1
    ? say('Weights: 1 module stands out; {0}.', what)
    : say('Weights: {0} modules stand out; {1}.', count, what);
}

/** Null where E-DIEM ranks in another order than size. */
function sizeOf(correlation: number | null, isMeasured: boolean): Message | null {
  if (correlation === null || correlation < SAME_RANKING) return null;
  const shown = correlation.toFixed(2);
  const found =
    shown === '1.00'
      ? say(
          'E-DIEM ranks modules exactly as update size does here (rank correlation {0}): it adds no information.',
          shown,
        )
      : say(
          'E-DIEM ranks modules almost as update size does here (rank correlation {0}): it adds little information.',
          shown,
        );
  return isMeasured
    ? say('{0} Rank by Reversal.', found)
    : say('{0} Measure behavior, or rank by Reversal.', found);
}
