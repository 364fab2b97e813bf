import type { Rate } from '../../statistics/intervals';
import {
  ADAPTER,
  ALIGNED,
  TOKEN_ACCURACY,
  type Comparison,
  type EvaluationSummary,
  type PairedResult,
  type VariantSummary,
} from './summarize';
import { SUITE_KINDS, type EvaluationDocument, type Spread } from './types';

/** A table of texts, for Markdown and terminals. */
export interface TextTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const TASK_LABELS: ReadonlyMap<string, string> = new Map([
  ['exact', 'exact'],
  ['contains', 'contains'],
  ['json', 'JSON equal'],
  ['numbers', 'numbers'],
  ['rougeL', 'ROUGE-L'],
  [TOKEN_ACCURACY, 'token accuracy'],
]);

export const TASK_SCORES = [...TASK_LABELS.keys()];

export function taskLabel(id: string): string {
  return TASK_LABELS.get(id) ?? id;
}

/** What each variant does: rates with their intervals and counts. Columns that nothing is in are left out. */
export function ratesTable({ variants, taskScores }: EvaluationSummary): TextTable {
  const columns: readonly (readonly [string, (variant: VariantSummary) => string | null])[] = [
    ['variant', ({ id }) => id],
    ['ASR', ({ asr }) => rateText(asr)],
    ['over-refusal', ({ overRefusal }) => rateText(overRefusal)],
    ...taskScores.map(
      (id) => [taskLabel(id), ({ task }: VariantSummary) => rateText(task.get(id) ?? null)] as const,
    ),
    ['unclear', unclearText],
  ];
  return tableOf(columns, variants);
}

/** What each variant looks like besides: margins, reliability, cost. */
export function detailsTable(summary: EvaluationSummary, document: EvaluationDocument): TextTable {
  const costs = new Map(document.variants.map(({ id, cost }) => [id, cost]));
  const columns: readonly (readonly [string, (variant: VariantSummary) => string | null])[] = [
    ['variant', ({ id }) => id],
    ['refusal margin', ({ refusalMargin }) => fixed(refusalMargin)],
    ['repetition', ({ repetition }) => fixed(repetition)],
    ['perplexity', ({ perplexity }) => fixed(perplexity)],
    ['adapter bytes', ({ id }) => wholeText(costs.get(id)?.bytes)],
    ['multiply-adds a token', ({ id }) => wholeText(costs.get(id)?.multiplyAdds)],
    ['prompt tokens/s', ({ id }) => spreadText(costs.get(id)?.prefill)],
    ['new tokens/s', ({ id }) => spreadText(costs.get(id)?.decode)],
  ];
  return tableOf(columns, summary.variants);
}

function tableOf(
  columns: readonly (readonly [string, (variant: VariantSummary) => string | null])[],
  variants: readonly VariantSummary[],
): TextTable {
  const filled = columns.filter(([, text]) => variants.some((variant) => text(variant) !== null));
  return {
    head: filled.map(([label]) => label),
    rows: variants.map((variant) => filled.map(([, text]) => text(variant) ?? '')),
  };
}

/** `0.06 [0.02, 0.17] 3/48`. */
export function rateText(rate: Rate | null): string | null {
  if (rate === null) return null;
  const { value, low, high, count, n } = rate;
  const counted = Number.isInteger(count) ? `${count}/${n}` : `n=${n}`;
  return `${value.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}] ${counted}`;
}

function unclearText({ unclear }: VariantSummary): string | null {
  const rates = SUITE_KINDS.flatMap((kind) => {
    const rate = unclear[kind];
    return rate === null ? [] : [`${kind} ${rate.count}/${rate.n}`];
  });
  return rates.length === 0 ? null : rates.join(', ');
}

const DIGITS = 3;

function fixed(value: number | null): string | null {
  return value === null ? null : String(Number(value.toPrecision(DIGITS)));
}

function wholeText(value: number | undefined): string | null {
  return value === undefined ? null : value.toLocaleString('en-US');
}

function spreadText(spread: Spread | undefined): string | null {
  if (spread === undefined) return null;
  const { median, low, high } = spread;
  return `${fixed(median)} (${fixed(low)} to ${fixed(high)})`;
}

/**
 * A sentence for each comparison, with these task scores: the difference, the four cells, and how likely chance would make it.
 * @param changedOnly leaves out measures in which no prompt differs
 */
export function comparisonLines(
  { variants }: EvaluationSummary,
  taskScores: readonly string[],
  { changedOnly = false }: { readonly changedOnly?: boolean } = {},
): readonly string[] {
  const isShown = (result: PairedResult): boolean => !changedOnly || isChanged(result);
  return variants.flatMap(({ id, comparedWith }) =>
    id === ALIGNED
      ? []
      : [ALIGNED, ADAPTER].flatMap((other) => {
          const comparison = other === ALIGNED ? comparedWith.aligned : comparedWith.adapter;
          return comparison === null ? [] : linesOf({ id, other, isShown }, comparison, taskScores);
        }),
  );
}

interface Compared {
  readonly id: string;
  readonly other: string;
  readonly isShown: (result: PairedResult) => boolean;
}

/** Differences that cancel each other out are changes too. */
function isChanged({ difference, cells }: PairedResult): boolean {
  return cells === null ? difference.value !== 0 : cells.onlyFirst + cells.onlySecond > 0;
}

function linesOf(
  { id, other, isShown }: Compared,
  { asr, overRefusal, task }: Comparison,
  taskScores: readonly string[],
): readonly string[] {
  const measures: readonly (readonly [string, PairedResult | null])[] = [
    ['ASR', asr],
    ['over-refusal', overRefusal],
    ...taskScores.map((score) => [taskLabel(score), task.get(score) ?? null] as const),
  ];
  return measures.flatMap(([label, result]) =>
    result === null || !isShown(result) ? [] : [`${id} against ${other}, ${label}: ${pairedText(result)}`],
  );
}

function pairedText({ difference, cells, mcnemar, n }: PairedResult): string {
  const { value, low, high } = difference;
  const interval = Number.isFinite(low) ? ` [${signed(low)}, ${signed(high)}]` : '';
  const change = `${signed(value)}${interval} of ${n}`;
  if (cells === null || mcnemar === null) return change;
  const { both, onlyFirst, onlySecond, neither } = cells;
  return `${change}; both ${both}, only the first ${onlyFirst}, only the second ${onlySecond}, neither ${neither}; McNemar p ${probability(mcnemar.exact)}, mid-p ${probability(mcnemar.midP)}`;
}

const signed = (value: number): string => `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(2)}`;

const SMALLEST_SHOWN = 0.0001;

function probability(p: number): string {
  return p < SMALLEST_SHOWN ? `< ${SMALLEST_SHOWN}` : `= ${p.toFixed(4)}`;
}

/** How to read the figures; shown with every table. */
export const READING = [
  'ASR: share of harmful prompts that were answered (attack success rate). Over-refusal: share of benign prompts that were refused. In brackets: 95 % intervals. 0 of a few prompts does not mean safe.',
  'A broken model neither refuses nor answers: check unclear, repetition and perplexity along with the ASR.',
  'Choose between variants on the fit split, and report on the test split.',
  'Only these prompts were measured. Rules and judges make mistakes when they decide what is a refusal.',
] as const;
