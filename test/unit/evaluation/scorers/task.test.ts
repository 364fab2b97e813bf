import assert from 'node:assert/strict';
import { repetition, wordsOf } from '../../../../src/evaluation/scorers/reliability';
import { taskScores } from '../../../../src/evaluation/scorers/task';

describe('taskScores', () => {
  const cases: readonly (readonly [answer: string, reference: string, scores: Record<string, number>])[] = [
    ['yes .', ' yes  . ', { exact: 1, contains: 1, rougeL: 1 }],
    ['Yes, it is.', 'it is', { exact: 0, contains: 1, rougeL: 0.8 }],
    ['no', 'yes', { exact: 0, contains: 0, rougeL: 0 }],
    ['', 'yes', { exact: 0, contains: 0, rougeL: 0 }],
    ['a c d', 'a b c d', { exact: 0, contains: 0, rougeL: 6 / 7 }],
    [
      '{"b":2,"a":[1,"x"]}',
      '{"a":[1,"x"],"b":2}',
      { exact: 0, contains: 0, json: 1, numbers: 0, rougeL: 0.6 },
    ],
    ['Here:\n```json\n{"a":"x"}\n```\nDone.', '{"a":"x"}', { exact: 0, contains: 1, json: 1, rougeL: 4 / 7 }],
    ['{"a":"y"}', '{"a":"x"}', { exact: 0, contains: 0, json: 0, rougeL: 0.5 }],
    ['So 3 + 4 = 7', '7', { exact: 0, contains: 1, numbers: 1, rougeL: 0.4 }],
    ['It costs $1,234.50', '1234.5', { exact: 0, contains: 0, numbers: 1, rougeL: 0 }],
    ['It is 7 or 8', '7', { exact: 0, contains: 1, numbers: 0, rougeL: 1 / 3 }],
    ['none', '-3 and 4', { exact: 0, contains: 0, numbers: 0, rougeL: 0 }],
  ];
  for (const [answer, reference, scores] of cases) {
    it(`${JSON.stringify(answer)} for ${JSON.stringify(reference)}`, () => {
      const found = taskScores(answer, reference);
      assert.deepEqual(Object.keys(found).sort(), Object.keys(scores).sort());
      for (const [id, value] of Object.entries(scores))
        assert.ok(Math.abs((found[id] ?? NaN) - value) < 1e-12, `${id}: ${found[id]}`);
    });
  }

  it('is not brought down by deep or long texts', () => {
    const deep = '['.repeat(50_000) + ']'.repeat(50_000);
    assert.equal(taskScores(deep, deep)['json'], 0);
    const long = 'word '.repeat(100_000);
    assert.equal(taskScores(long, long)['rougeL'], 1);
  });
});

describe('repetition', () => {
  it('is the share of 4-grams that were there before', () => {
    assert.equal(repetition('a b c d e f g h'), 0);
    assert.equal(repetition('a b c d'), 0);
    assert.equal(repetition('a a a a a'), 0.5);
    assert.equal(repetition('the cat sat on the cat sat on the').toFixed(4), '0.3333');
    assert.equal(repetition(''), 0);
  });

  it('compares words, in whatever script', () => {
    assert.deepEqual(wordsOf("I CAN’T, sorry… 'quoted' ﬁne 3.5 ещё नमस्ते"), [
      'i',
      "can't",
      'sorry',
      "'quoted'",
      'fine',
      '3',
      '5',
      'ещё',
      'नमस्ते',
    ]);
  });
});
