import { badRequest } from '../../core/errors';
import { say } from '../../core/message';
import { DEFAULT_TASK_SCORE } from '../../core/results/evaluation/exportOptions';
import { failureOf, type Failure } from '../../core/results/evaluation/failures';
import { ADAPTER, ALIGNED, answerOf } from '../../core/results/evaluation/summarize';
import type { EvaluationDocument, EvaluationRow, SuiteKind } from '../../core/results/evaluation/types';
import type { MeasureRequest } from '../../protocol/evaluatorApi';

/** How the adapter did on a prompt, as a test. `none`: it has no answer. */
export type TestOutcome = { readonly kind: 'passed' } | { readonly kind: 'none' } | FailedTest;

export interface FailedTest {
  readonly kind: 'failed';
  readonly failure: Failure;
  /** The reference, or what the aligned model answers; null where the answers are folded away. */
  readonly expected: string | null;
  readonly actual: string | null;
}

export function testOutcome(row: EvaluationRow): TestOutcome {
  const answer = answerOf(row, ADAPTER);
  if (answer === undefined) return { kind: 'none' };
  const failure = failureOf(row, answer, DEFAULT_TASK_SCORE);
  if (failure === undefined) return { kind: 'passed' };
  if (row.suite === 'harmful') return { kind: 'failed', failure, expected: null, actual: null };
  const expected = row.reference ?? answerOf(row, ALIGNED)?.text ?? null;
  return { kind: 'failed', failure, expected, actual: answer.text };
}

/** Prompts of a document, as tests name them. */
export type PromptIds = Readonly<Partial<Record<SuiteKind, readonly string[]>>>;

/**
 * Asks again what a document has answers to, or only some of its prompts.
 * @param known the request that the document is the result of, where it is still known
 * @throws SploraError `bad-request` where it is not, and the document does not say enough: of a server it has the origin only
 */
export function requestAgain(
  document: EvaluationDocument,
  known: MeasureRequest | undefined,
  only?: PromptIds,
): MeasureRequest {
  return { ...(known ?? requestOf(document)), ...(only === undefined ? {} : { only }) };
}

function requestOf(document: EvaluationDocument): MeasureRequest {
  const { adapter, aligned, sampling, suites, variants, rows, runner, judge } = document;
  if (runner.kind === 'endpoint' || judge !== null)
    throw badRequest(
      say('The server and judge settings of this result are kept only until the window closes.'),
      say('Measure the adapter again, then run its tests.'),
      adapter,
    );
  const splits = new Set(rows.map(({ split }) => split));
  const [split = 'test'] = splits;
  return {
    adapter,
    aligned,
    variants: variants
      .filter(({ id }) => id !== ALIGNED && id !== ADAPTER)
      .map(({ id, adapter: own, scale }) => ({ id, scale, ...(own === null ? {} : { adapter: own }) })),
    suites: suites.map(({ file }) => file),
    runner: { kind: 'onnx', ...(runner.template === undefined ? { plainPrompts: true } : {}) },
    split: splits.size > 1 ? 'all' : split,
    limit: suites.reduce((most, { prompts }) => Math.max(most, prompts), 1),
    maxNewTokens: sampling.maxNewTokens,
    ...(sampling.system === null ? {} : { system: sampling.system }),
  };
}
