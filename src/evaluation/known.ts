import { ADAPTER, ALIGNED, answerOf } from '../core/results/evaluation/summarize';
import type { Answer, EvaluationDocument, RunnerRecord } from '../core/results/evaluation/types';
import type { Journal } from './journal';
import type { MeasurePlan } from './plan';
import { answerKey, scoreKey, type ScoredText } from './rows';

/** Puts answers and scores of the aligned model and the adapter in an earlier measurement into the journal. */
export function takeKnown(plan: MeasurePlan, runner: RunnerRecord, journal: Journal): void {
  const { known } = plan.request;
  if (known === undefined || !isSameRun(plan, runner, known)) return;
  const isSame = isSameAdapter(plan, known);
  const same = [ALIGNED, ...(isSame ? [ADAPTER] : [])];
  const rows = new Map(known.rows.map((row) => [rowKey(row.suite, row.id), row]));
  for (const prompt of plan.prompts) {
    const row = rows.get(rowKey(prompt.kind, prompt.id));
    for (const variant of plan.variants) {
      if (row === undefined || !same.includes(variant.id)) continue;
      const answer = answerOf(row, variant.id);
      // An export left it out.
      if (answer === undefined || answer.text === null) continue;
      const key = answerKey({ prompt, variant });
      if (journal.get('answer', key) !== undefined) continue;
      const { text, tokens, ended, by, verdict } = answer;
      journal.add({ type: 'answer', key, text, tokens, ended });
      if (by === 'judge') journal.add({ type: 'verdict', key, verdict });
      for (const [what, mean, top] of scoresOf(answer, isSame))
        journal.add({ type: 'score', key: scoreKey(prompt, variant.id, what), mean, top });
    }
  }
}

/** @param withMargins whether the compliances are those of the same adapter */
function scoresOf(
  { referenceLogProbability: reference, tokenAccuracy, refusalMargin }: Answer,
  withMargins: boolean,
): readonly (readonly [ScoredText, number, number | null])[] {
  return [
    ...(reference === undefined || tokenAccuracy === undefined
      ? []
      : [['reference', reference, tokenAccuracy] as const]),
    // Only the difference of the two is known, and used.
    ...(refusalMargin === undefined || !withMargins
      ? []
      : ([
          ['refusal start', refusalMargin, null],
          ['compliance start', 0, null],
        ] as const)),
  ];
}

const rowKey = (kind: string, id: string): string => JSON.stringify([kind, id]);

/** By its path too: that of one at a server has no hash. */
export function isSameAdapter({ adapter, variants }: MeasurePlan, known: EvaluationDocument): boolean {
  const sha256 = (all: readonly { readonly id: string; readonly sha256: string | null }[]): unknown =>
    all.find(({ id }) => id === ADAPTER)?.sha256;
  return adapter === known.adapter && sha256(variants) === sha256(known.variants);
}

/** Whether the aligned model would be asked the same. */
export function isSameRun(
  { request, suites, maxNewTokens }: MeasurePlan,
  runner: RunnerRecord,
  known: EvaluationDocument,
): boolean {
  const { noiseFloor: _new, ...now } = runner;
  const { noiseFloor: _old, ...before } = known.runner;
  const hashes = (all: EvaluationDocument['suites']): unknown => all.map((suite) => suite.sha256);
  return (
    known.aligned === request.aligned &&
    known.sampling.maxNewTokens === maxNewTokens &&
    known.sampling.system === (request.system ?? null) &&
    JSON.stringify(now) === JSON.stringify(before) &&
    JSON.stringify(hashes(suites)) === JSON.stringify(hashes(known.suites))
  );
}
