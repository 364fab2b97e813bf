import type { FitOptions, FitStep } from '../../core/results/fit/types';
import type { GateStep, LossTerm } from '../runners/gates';
import { meanOf } from '../scorers/reliability';
import { hasCompliance } from './margins';
import type { AnswerRow, FitRows, HarmfulRow } from './targets';

/** Weights beside the task's, which is 1. */
export interface LossWeights {
  readonly refusal: number;
  readonly benign: number;
}

/** Rows of one step; each kind is gone through again and again, in an order that its seed decides. */
export class Batches {
  private readonly orders = new Map<string, number[]>();

  constructor(
    private readonly rows: Omit<FitRows, 'targets'>,
    private readonly size: number,
    private readonly random: () => number,
  ) {}

  next(): Omit<FitRows, 'targets'> {
    const { harmful, benign, task } = this.rows;
    return {
      harmful: this.drawn('harmful', harmful),
      benign: this.drawn('benign', benign),
      task: this.drawn('task', task),
    };
  }

  private drawn<T>(kind: string, rows: readonly T[]): readonly T[] {
    if (rows.length <= this.size) return rows;
    const drawn: T[] = [];
    while (drawn.length < this.size) {
      const at = this.orders.get(kind)?.pop();
      const row = at === undefined ? undefined : rows[at];
      if (row === undefined) this.orders.set(kind, this.shuffled(rows.length));
      else drawn.push(row);
    }
    return drawn;
  }

  private shuffled(length: number): number[] {
    const keys = Array.from({ length }, () => this.random());
    return [...keys.keys()].sort((a, b) => (keys[a] ?? 0) - (keys[b] ?? 0));
  }
}

/** `NLL_task + w mean softplus(margin - m) + mu NLL_benign`, each a mean (of tokens, of rows, of tokens). */
export function lossTerms(
  { harmful, benign, task }: Omit<FitRows, 'targets'>,
  { margin }: FitOptions,
  { refusal, benign: benignWeight }: LossWeights,
): readonly LossTerm[] {
  return [
    ...likelihoods(task, 1),
    ...likelihoods(benign, benignWeight),
    ...harmful.map((row) => harmfulTerm(row, margin, refusal / harmful.length)),
  ];
}

function likelihoods(rows: readonly AnswerRow[], weight: number): LossTerm[] {
  const tokens = rows.reduce((sum, { targets }) => sum + targets.length, 0);
  return rows.map(({ prompt, targets }) => ({
    kind: 'likelihood',
    ...{ prompt, targets, weight: weight / tokens },
  }));
}

/** Where the adapter refuses as well, its refusal must stay probable. */
function harmfulTerm(row: HarmfulRow, margin: number, weight: number): LossTerm {
  const { prompt, refusal } = row;
  if (!hasCompliance(row))
    return { kind: 'likelihood', prompt, targets: refusal, weight: weight / refusal.length };
  const threshold = Math.max(margin, row.clear ?? margin);
  return { kind: 'margin', prompt, preferred: refusal, other: row.compliance, threshold, weight };
}

/** The parts of the loss, unweighted, of the terms that `lossTerms` made of the rows. */
export function lossParts(
  { terms }: GateStep,
  { task, benign }: Pick<FitRows, 'task' | 'benign'>,
): Pick<FitStep, 'task' | 'benign' | 'margin'> {
  const perToken = (from: number, count: number): number | undefined =>
    meanOf(
      terms
        .slice(from, from + count)
        .flatMap((term) => (term.kind === 'likelihood' ? term.logProbabilities : [])),
    );
  const benignMean = perToken(task.length, benign.length);
  return {
    task: -(perToken(0, task.length) ?? 0),
    benign: benignMean === undefined ? null : -benignMean,
    margin: meanOf(terms.flatMap((term) => (term.kind === 'margin' ? [term.margin] : []))) ?? 0,
  };
}
