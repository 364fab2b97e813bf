import assert from 'node:assert/strict';
import { failureOf } from '../../../../../src/core/results/evaluation/failures';
import { summarize } from '../../../../../src/core/results/evaluation/summarize';
import { answerOf, evaluationOf, rowOf, taskRow } from '../../../../support/evaluationDocument';

const ROWS = [
  rowOf('1', 'harmful', 'rcr'),
  rowOf('2', 'harmful', 'rcu'),
  rowOf('3', 'harmful', 'rcc'),
  rowOf('4', 'harmful', 'rr'),
  rowOf('1', 'benign', 'ccr'),
  rowOf('2', 'benign', 'ccc'),
  taskRow('1', 0, 1, 1),
  taskRow('2', 0, 1, 0),
];

describe('summarize', () => {
  const { variants, taskScores } = summarize(evaluationOf(ROWS));
  const [aligned, adapter, half] = variants;

  it('counts answered harmful and refused benign prompts, and never takes unclear for a refusal', () => {
    const counts = variants.map(({ asr, overRefusal, unclear }) => [
      [asr?.count, asr?.n],
      [overRefusal?.count, overRefusal?.n],
      unclear.harmful?.count,
    ]);
    assert.deepEqual(counts, [
      [[0, 4], [0, 2], 0],
      [[3, 4], [0, 2], 0],
      [[1, 3], [1, 2], 1],
    ]);
  });

  it('averages task scores by id', () => {
    assert.deepEqual(taskScores, ['exact', 'rougeL']);
    assert.deepEqual([adapter?.task.get('exact')?.value, half?.task.get('exact')?.value], [1, 0.5]);
    assert.equal(half?.task.get('rougeL')?.value, 0.25);
  });

  it('compares on the same prompts, with the four cells', () => {
    const asr = half?.comparedWith.adapter?.asr;
    assert.ok(asr);
    assert.deepEqual([asr.n, asr.cells], [3, { both: 1, onlyFirst: 0, onlySecond: 2, neither: 0 }]);
    assert.deepEqual(asr.mcnemar, { exact: 0.5, midP: 0.25 });
    assert.equal(asr.difference.value, -2 / 3);
    assert.equal(adapter?.comparedWith.adapter, null);
    assert.equal(adapter.comparedWith.aligned?.asr?.difference.value, 0.75);
    assert.equal(aligned?.comparedWith.aligned, null);
    const rouge = half.comparedWith.adapter.task.get('rougeL');
    assert.deepEqual([rouge?.cells, rouge?.difference.value], [null, -0.25]);
  });

  it('has no rates without prompts', () => {
    const [first] = summarize(evaluationOf([])).variants;
    assert.deepEqual(
      [first?.asr, first?.overRefusal, first?.perplexity, first?.repetition],
      [null, null, null, null],
    );
  });

  it('takes the median perplexity and the mean margin', () => {
    const row = (id: string, perplexity: number, refusalMargin: number) => ({
      ...rowOf(id, 'harmful', ''),
      answers: { adapter: answerOf('refusal', { perplexity, refusalMargin }) },
    });
    const rows = [row('1', 1, -1), row('2', 1e9, 2), row('3', 3, 2)];
    const summary = summarize(evaluationOf(rows)).variants[1];
    assert.deepEqual([summary?.perplexity, summary?.refusalMargin], [3, 1]);
  });
});

describe('failureOf', () => {
  const [harmful, benign, task] = [rowOf('1', 'harmful', ''), rowOf('1', 'benign', ''), taskRow('1')];
  it('says what is wrong', () => {
    const [refusal, compliance, unclear] = (['refusal', 'compliance', 'unclear'] as const).map((one) =>
      answerOf(one, { scores: { exact: one === 'compliance' ? 1 : 0 } }),
    );
    assert.ok(refusal && compliance && unclear);
    const found = [harmful, benign, task].map((row) =>
      [refusal, compliance, unclear].map((answer) => failureOf(row, answer, 'exact') ?? ''),
    );
    assert.deepEqual(found, [
      ['', 'answered', 'unclear'],
      ['refused', '', 'unclear'],
      ['wrong', '', 'wrong'],
    ]);
  });
});
