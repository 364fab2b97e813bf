import assert from 'node:assert/strict';
import { render } from '../../../../../src/core/message';
import { ADAPTER, ALIGNED } from '../../../../../src/core/results/evaluation/summarize';
import type { Answer, EvaluationRow, SuiteKind } from '../../../../../src/core/results/evaluation/types';
import {
  CHANCE,
  REPAIRED,
  type Figures,
  type RepairDocument,
} from '../../../../../src/core/results/repair/types';
import { repairWarnings } from '../../../../../src/core/results/repair/warnings';
import { answerOf, evaluationOf } from '../../../../support/evaluationDocument';

const VARIANTS = [ALIGNED, ADAPTER, REPAIRED, CHANCE];
type Answers = (variant: string, at: number) => Answer;

const refuses = answerOf('refusal', { perplexity: 2 });
const answers = answerOf('compliance', { perplexity: 3 });

/** `n` prompts of each kind. */
function rowsOf(
  n: number,
  harmful: Answers,
  benign: Answers = () => answers,
  solved: (variant: string) => number = (variant) => (variant === ALIGNED ? 0 : n),
): EvaluationRow[] {
  const rows = (suite: SuiteKind, of: Answers): EvaluationRow[] =>
    Array.from({ length: n }, (_, at) => ({
      ...{ id: `${suite}-${at}`, suite, split: 'test', prompt: 'x' },
      answers: Object.fromEntries(VARIANTS.map((variant) => [variant, of(variant, at)])),
    }));
  const task = (variant: string, at: number): Answer =>
    answerOf('compliance', { scores: { exact: at < solved(variant) ? 1 : 0 } });
  return [...rows('harmful', harmful), ...rows('benign', benign), ...rows('task', task)];
}

const good: Answers = (variant) => (variant === ALIGNED || variant === REPAIRED ? refuses : answers);

const FIGURES: Figures = {
  ...{ asr: { count: 0, n: 40 }, overRefusal: { count: 0, n: 40 }, unclear: {} },
  ...{ task: { exact: { count: 40, n: 40 } }, repetition: 0, perplexity: null },
};

function warningsOf(
  rows: readonly EvaluationRow[],
  figures = FIGURES,
  ids: readonly string[] = VARIANTS,
): readonly string[] {
  const variants = ids.map((id) => ({ id, adapter: id, sha256: null, scale: 1, cost: {} }));
  const document: RepairDocument = {
    ...{
      schemaVersion: 1,
      toolVersion: '0',
      createdAt: '',
      adapter: '/a',
      inputs: [],
      base: null,
      fit: null,
    },
    ...{ aligned: '/m', method: 'auto', outcome: 'repaired', chosen: 0, written: null, notes: [] },
    target: { maxAsr: null, maxOverRefusal: null, minTask: null, taskScore: 'exact' },
    before: { aligned: FIGURES, adapter: FIGURES },
    points: [{ method: 'cut', options: {}, figures, meets: true }],
    test: evaluationOf(rows, { variants }),
  };
  return repairWarnings(document).map((one) => render(one));
}

describe('repairWarnings', () => {
  it('are none for a good repair on enough prompts', () => {
    assert.deepEqual(warningsOf(rowsOf(40, good)), []);
  });

  it('say how little few prompts show', () => {
    const [first, ...others] = warningsOf(rowsOf(10, good));
    assert.match(first ?? '', /^Only 10 harmful prompts in the test split.*0\.28\.$/);
    assert.equal(others.length, 2);
  });

  it('say that over-refusal is unknown without benign prompts', () => {
    const rows = rowsOf(40, good).filter(({ suite }) => suite !== 'benign');
    assert.match(warningsOf(rows).join(), /^No benign prompts/);
  });

  it('say that a model may be broken: unlikely, repeating or unclear answers', () => {
    const broken =
      (answer: Answer): Answers =>
      (variant, at) =>
        variant === REPAIRED ? answer : good(variant, at);
    const unlikely = answerOf('refusal', { perplexity: 50 });
    const lines = warningsOf(rowsOf(40, broken(unlikely), broken({ ...unlikely, verdict: 'compliance' })));
    assert.match(
      lines.join(),
      /unlikely under the aligned model \(perplexity 50\.0, other variants at most 3\.0\)/,
    );
    const repeating = answerOf('refusal', { repetition: 0.9 });
    assert.match(warningsOf(rowsOf(40, broken(repeating))).join(), /repeat themselves/);
    const unclear = answerOf('unclear');
    assert.match(
      warningsOf(
        rowsOf(40, (variant, at) => (at === 0 ? broken(unclear)(variant, at) : good(variant, at))),
      ).join(),
      /neither a refusal nor an answer: harmful 1\/40/,
    );
    // As many as from the aligned model are no sign of a broken one.
    const both: Answers = (variant, at) => (at === 0 ? unclear : good(variant, at));
    assert.deepEqual(warningsOf(rowsOf(40, both)), []);
  });

  it('say first that the task is lost', () => {
    const left = (n: number) =>
      warningsOf(
        rowsOf(40, good, undefined, (variant) => (variant === ALIGNED ? 0 : variant === REPAIRED ? n : 40)),
      );
    assert.match(
      left(7)[0] ?? '',
      /^The task is lost: exact was 1\.00 .* 40\/40 before and is 0\.17 .* 7\/40 now\.$/,
    );
    assert.match(left(30)[0] ?? '', /^Part of the task is lost/);
    assert.deepEqual(left(39), []);
    const few = rowsOf(5, good, undefined, (variant) =>
      variant === ADAPTER ? 5 : variant === REPAIRED ? 2 : 0,
    );
    assert.match(warningsOf(few)[0] ?? '', /^The task is lost/);
  });

  it('are about the adapter where nothing was repaired: it does nothing, or is broken', () => {
    const before = [ALIGNED, ADAPTER];
    const none = warningsOf(
      rowsOf(
        40,
        () => refuses,
        undefined,
        () => 0,
      ),
      FIGURES,
      before,
    );
    assert.match(
      none.join(),
      /^The adapter as trained does no better at the task .*0\/40, aligned model 0\.00/,
    );
    const repeating = answerOf('refusal', { repetition: 0.9 });
    const rows = rowsOf(40, (variant) => (variant === ADAPTER ? repeating : refuses));
    assert.match(warningsOf(rows, FIGURES, before).join(), /^The answers repeat themselves/);
  });

  it('say that benign prompts are refused, and more than before', () => {
    const benign: Answers = (variant, at) => (variant === REPAIRED && at < 3 ? refuses : answers);
    assert.match(
      warningsOf(rowsOf(40, good, benign)).join(),
      /^3 of 40 benign prompts are refused; the adapter refused 0, the aligned model 0\.$/,
    );
    const one: Answers = (variant, at) => (variant === REPAIRED && at < 1 ? refuses : answers);
    assert.match(warningsOf(rowsOf(40, good, one)).join(), /^1 of 40 benign prompts is refused;/);
  });

  it('say that the splits are far apart', () => {
    const fit = { ...FIGURES, task: { exact: { count: 10, n: 40 } } };
    assert.match(warningsOf(rowsOf(40, good), fit).join(), /far apart: exact is 0\.25 .* and 1\.00/);
  });

  it('say that random directions do as well', () => {
    const lucky: Answers = (variant, at) => (variant === CHANCE ? refuses : good(variant, at));
    assert.match(warningsOf(rowsOf(40, lucky)).join(), /^Random directions/);
  });
});
