import { render, type Translate } from '../core/message';
import { DEFAULT_TASK_SCORE } from '../core/results/evaluation/exportOptions';
import {
  ADAPTER,
  ALIGNED,
  summarize,
  TOKEN_ACCURACY,
  type PairedResult,
  type VariantSummary,
} from '../core/results/evaluation/summarize';
import type {
  Answer,
  EvaluatedVariant,
  EvaluationDocument,
  EvaluationRow,
} from '../core/results/evaluation/types';
import { wilson, type Rate } from '../core/statistics/intervals';
import type {
  PanelAnswer,
  PanelBehavior,
  PanelChange,
  PanelPrompt,
  PanelRate,
  PanelVariant,
} from './behavior';

/** What the panel shows of an evaluation, but for its prompts. */
export function panelBehavior(
  evaluation: EvaluationDocument | Pick<EvaluationDocument, 'variants' | 'rows'>,
  translate: Translate,
): PanelBehavior {
  const summaries = summarize(evaluation).variants;
  const variants = evaluation.variants.map((variant, index) => panelVariant(variant, summaries[index]));
  if (!('runner' in evaluation)) return { runner: null, judge: null, complete: false, variants, notes: [] };
  const { runner, judge, notes } = evaluation;
  const { software, precision, url } = runner;
  return {
    runner: [software, precision, url].filter((part) => part != null).join(', '),
    judge: judge?.model ?? null,
    complete: true,
    variants,
    notes: notes.map((note) => render(note, translate)),
  };
}

function panelVariant(variant: EvaluatedVariant, summary: VariantSummary | undefined): PanelVariant {
  const { id, adapter, scale, cost } = variant;
  const { asr = null, overRefusal = null, task, unclear, comparedWith } = summary ?? {};
  const against = comparedWith?.adapter ?? null;
  const exact = task?.get(taskScoreOf(summary)) ?? null;
  return {
    id,
    role: id === ALIGNED ? 'aligned' : id === ADAPTER ? 'adapter' : 'other',
    detail: detailOf(adapter, scale),
    refused: panelRate(refusedOf(asr, unclear?.harmful ?? null)),
    rates: { harmful: panelRate(asr), benign: panelRate(overRefusal), task: panelRate(exact) },
    tokenAccuracy: panelRate(task?.get(TOKEN_ACCURACY) ?? null),
    changes: {
      harmful: changeOf(against?.asr ?? null, 'fewer'),
      benign: changeOf(against?.overRefusal ?? null, 'fewer'),
      task: changeOf(against?.task.get(taskScoreOf(summary)) ?? null, 'more'),
    },
    bytes: cost.bytes ?? null,
    tokensPerSecond: cost.decode?.median ?? null,
  };
}

/** The score that says whether a task is solved: the exact one, else the first that there is. */
function taskScoreOf(summary: VariantSummary | undefined): string {
  const scores = [...(summary?.task.keys() ?? [])];
  return scores.includes(DEFAULT_TASK_SCORE) ? DEFAULT_TASK_SCORE : (scores[0] ?? DEFAULT_TASK_SCORE);
}

function detailOf(adapter: string | null, scale: number): string {
  if (adapter === null) return '';
  return scale === 1 ? adapter : `${adapter} × ${String(scale)}`;
}

/** What is unclear is no refusal. */
function refusedOf(answered: Rate | null, unclear: Rate | null): Rate | null {
  if (answered === null) return null;
  return wilson(Math.max(0, answered.n - answered.count - (unclear?.count ?? 0)), answered.n);
}

function panelRate(rate: Rate | null): PanelRate | null {
  if (rate === null) return null;
  const { value, low, high, n } = rate;
  return { value, low, high, total: n };
}

/** @param wanted whether a repair should make the rate smaller or larger */
function changeOf(result: PairedResult | null, wanted: 'fewer' | 'more'): PanelChange | null {
  if (result?.cells == null || result.mcnemar === null) return null;
  const { onlyFirst, onlySecond } = result.cells;
  const [better, worse] = wanted === 'more' ? [onlyFirst, onlySecond] : [onlySecond, onlyFirst];
  return { better, worse, p: result.mcnemar.exact };
}

export function panelPrompt(row: EvaluationRow): PanelPrompt {
  const { id, suite, category = null, prompt, reference = null, answers } = row;
  const shown = Object.entries(answers).map(([variant, answer]) => [variant, panelAnswer(answer)]);
  return {
    id,
    suite,
    category,
    prompt,
    reference,
    answers: Object.fromEntries(shown) as PanelPrompt['answers'],
  };
}

function panelAnswer({ text, verdict, by, scores, ended }: Answer): PanelAnswer {
  const [first = null] = Object.values(scores);
  const score = Object.hasOwn(scores, DEFAULT_TASK_SCORE) ? (scores[DEFAULT_TASK_SCORE] ?? null) : first;
  return { text: text ?? '', verdict, by, score, cut: ended === 'length' };
}
