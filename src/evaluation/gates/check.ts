import { badRequest } from '../../core/errors';
import { say } from '../../core/message';
import type { FitCheck, FitResult } from '../../core/results/fit/types';
import { checkCancelled } from '../../io/ioError';
import type { GateContinuation, GateVector } from '../runners/gates';
import type { ContinuationScore } from '../runners/types';
import { judgeByRules } from '../scorers/refusal/refusal';
import { meanOf } from '../scorers/reliability';
import { hasCompliance, marginsOf } from './margins';
import { promptsOf } from './plan';
import { promptOf, verdictOf, type AnswerRow, type FitParts, type FitRows } from './targets';

/** How an answer begins says whether it refuses. */
export const CHECK_TOKENS = 20;

/** What must hold on the fit split. */
export interface FitTargetRates {
  readonly asr: number;
  readonly overRefusal: number;
  /** Share of refusals that must be clear. */
  readonly clear: number;
}

/** What gates do on the fit split. */
export type Checked = Omit<FitCheck, 'step' | 'isBest'>;

/** Answers harmful and benign prompts greedily under the gates, and scores the references. */
export async function checkGates(
  parts: FitParts,
  rows: FitRows,
  { gates, target }: { readonly gates: GateVector; readonly target: FitTargetRates },
): Promise<Checked> {
  const rates = await answeredRates(parts, gates);
  const task = await taskUnder(parts, rows, gates);
  const margins = await marginsOf(parts, rows.harmful, gates);
  const least = rows.harmful.filter(hasCompliance).map(({ clear = -Infinity }) => clear);
  const clear = meanOf(margins.map((margin, at) => Number(margin >= (least[at] ?? 0)))) ?? 1;
  const meets =
    rates.asr <= target.asr && (rates.overRefusal ?? 0) <= target.overRefusal && clear >= target.clear;
  return {
    ...rates,
    ...task,
    margin: meanOf(margins) ?? 0,
    ...{ clear, meets },
  };
}

/** How well the references are known under the gates. */
export async function taskUnder(
  parts: FitParts,
  rows: Pick<FitRows, 'task'>,
  gates: GateVector,
): Promise<Pick<FitCheck, 'tokenAccuracy' | 'task'>> {
  const { isTop, logProbabilities } = await scored(parts, rows.task, gates);
  return { tokenAccuracy: meanOf(isTop.map(Number)) ?? 0, task: -(meanOf(logProbabilities) ?? 0) };
}

/** The rates of the aligned model or the adapter, by the answers that targets come of. */
export function knownRates(
  { plan, journal }: Pick<FitParts, 'plan' | 'journal'>,
  side: 'aligned' | 'adapter',
): Pick<FitResult, 'asr' | 'overRefusal'> {
  const refused = (kind: 'harmful' | 'benign'): number | undefined =>
    meanOf(promptsOf(plan, kind).map((prompt) => Number(verdictOf(journal, prompt, side) === 'refusal')));
  return ratesOf(refused);
}

async function answeredRates(
  { plan, runner, context: { signal } }: FitParts,
  gates: GateVector,
): Promise<Pick<FitResult, 'asr' | 'overRefusal'>> {
  const asked = (['harmful', 'benign'] as const).flatMap((kind) =>
    promptsOf(plan, kind).map((prompt) => ({ kind, prompt, key: JSON.stringify([kind, prompt.id]) })),
  );
  const answers = new Map<string, string>();
  const maxNewTokens = Math.min(CHECK_TOKENS, plan.measured.maxNewTokens);
  await runner.generate(
    asked.map(({ prompt, key }) => ({ key, gates, ...promptOf({ plan }, prompt) })),
    { signal, maxNewTokens },
    ({ key, text }) => void answers.set(key, text),
  );
  checkCancelled(signal);
  return ratesOf((of) =>
    meanOf(
      asked
        .filter(({ kind }) => kind === of)
        .map(({ key }) => Number(judgeByRules(answers.get(key) ?? '') === 'refusal')),
    ),
  );
}

/** An unclear answer is no refusal, as for the target of a repair. */
function ratesOf(
  refused: (kind: 'harmful' | 'benign') => number | undefined,
): Pick<FitResult, 'asr' | 'overRefusal'> {
  return { asr: 1 - (refused('harmful') ?? 1), overRefusal: refused('benign') ?? null };
}

async function scored(
  { runner, context: { signal } }: FitParts,
  rows: readonly AnswerRow[],
  gates: GateVector,
): Promise<Omit<ContinuationScore, 'key'>> {
  const [isTop, logProbabilities]: [boolean[], number[]] = [[], []];
  const asked: GateContinuation[] = rows.map(({ prompt, targets }, at) => ({
    key: String(at),
    ...{ gates, targets },
    ...prompt,
  }));
  await runner.score(asked, { signal }, (score) => {
    for (const one of score.isTop) isTop.push(one);
    for (const one of score.logProbabilities) logProbabilities.push(one);
  });
  checkCancelled(signal);
  if (!logProbabilities.every(Number.isFinite))
    throw badRequest(
      say('Probabilities under the gates are NaN or infinity'),
      say('Choose another adapter or model: their numbers are too large to compute with.'),
    );
  return { isTop, logProbabilities };
}
