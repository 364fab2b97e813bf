import { DEFAULT_TASK_SCORE } from '../../core/results/evaluation/exportOptions';
import { failureOf, type Failure } from '../../core/results/evaluation/failures';
import { ADAPTER, ALIGNED, answerOf } from '../../core/results/evaluation/summarize';
import type { EvaluationDocument, EvaluationRow, SuiteKind } from '../../core/results/evaluation/types';
import type { MeasureRequest, RunnerRequest } from '../../protocol/evaluatorApi';

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

/** Asks again what a document has answers to, or only some of its prompts. */
export function requestAgain(document: EvaluationDocument, only?: PromptIds): MeasureRequest {
  const { adapter, aligned, sampling, suites, variants, rows } = document;
  const splits = new Set(rows.map(({ split }) => split));
  const [split = 'test'] = splits;
  return {
    adapter,
    aligned,
    variants: variants
      .filter(({ id }) => id !== ALIGNED && id !== ADAPTER)
      .map(({ id, adapter: own, scale }) => ({ id, scale, ...(own === null ? {} : { adapter: own }) })),
    suites: suites.map(({ file }) => file),
    runner: runnerAgain(document),
    split: splits.size > 1 ? 'all' : split,
    limit: suites.reduce((most, { prompts }) => Math.max(most, prompts), 1),
    maxNewTokens: sampling.maxNewTokens,
    ...(sampling.system === null ? {} : { system: sampling.system }),
    ...(only === undefined ? {} : { only }),
  };
}

function runnerAgain({ runner }: EvaluationDocument): RunnerRequest {
  return runner.kind === 'endpoint' && runner.url !== undefined
    ? { kind: 'endpoint', url: runner.url }
    : { kind: 'onnx' };
}
