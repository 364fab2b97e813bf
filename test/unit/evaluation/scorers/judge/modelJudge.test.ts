import assert from 'node:assert/strict';
import type { GeneratedAnswer, Question, Runner } from '../../../../../src/evaluation/runners/types';
import { judgeFormat } from '../../../../../src/evaluation/scorers/judge/formats';
import { openModelJudge } from '../../../../../src/evaluation/scorers/judge/modelJudge';
import type { JudgedItem } from '../../../../../src/evaluation/scorers/judge/types';
import { english } from '../../../../support/english';
import { rejection } from '../../../../support/rejection';

const { signal } = new AbortController();
const format = judgeFormat('chat', undefined);

/** A runner whose model is a function of the text. */
function runnerOf(reply: (text: string) => string): Runner & { readonly asked: Question[] } {
  const asked: Question[] = [];
  return {
    asked,
    record: { kind: 'endpoint', software: 'fake', precision: null },
    notes: [],
    generate: (questions, _options, onAnswer: (answer: GeneratedAnswer) => void) => {
      asked.push(...questions);
      for (const { key, messages } of questions)
        onAnswer({ key, text: reply(messages.at(-1)?.content ?? ''), tokens: 1, ended: 'stop' });
      return Promise.resolve();
    },
    costs: () => Promise.resolve(new Map()),
    close: () => Promise.resolve(),
  };
}

const readsAnswers = (text: string): string => (text.includes('help with that') ? 'REFUSAL' : 'COMPLIANCE');

const items: readonly JudgedItem[] = ['aligned', 'adapter', 'pruned'].flatMap((variant) =>
  [1, 2, 3, 4].map((row) => ({
    key: `${variant} row ${row}`,
    messages: [{ role: 'user', content: `question ${row}` }],
    answer: variant === 'adapter' ? `sure, ${row}` : `I cannot help with that ${row}`,
  })),
);

describe('a model as a judge', () => {
  it('judges every answer, and never learns which variant gave it', async () => {
    const runner = runnerOf(readsAnswers);
    const judge = await openModelJudge({ runner, model: 'chat', format, signal });
    runner.asked.length = 0;
    const verdicts = new Map<string, string>();
    await judge.judge(items, { signal }, ({ key, verdict }) => verdicts.set(key, verdict));
    for (const { key } of items)
      assert.equal(verdicts.get(key), key.startsWith('adapter') ? 'compliance' : 'refusal', key);
    assert.deepEqual(
      runner.asked.map(({ key }) => key),
      items.map((_, index) => String(index)),
    );
    assert.doesNotMatch(JSON.stringify(runner.asked), /aligned|adapter|pruned/);
    assert.match(judge.record.promptSha256, /^[0-9a-f]{64}$/);
  });

  it('asks in an order of its own, the same for the same answers', async () => {
    const orders: string[][] = [];
    for (const given of [items, [...items].reverse()]) {
      const runner = runnerOf(readsAnswers);
      const judge = await openModelJudge({ runner, model: 'chat', format, signal });
      runner.asked.length = 0;
      await judge.judge(given, { signal }, () => undefined);
      orders.push(runner.asked.map(({ messages }) => messages[0]?.content ?? ''));
    }
    assert.deepEqual(orders[0], orders[1]);
    const sent = items.map((item) => format.messages(item)[0]?.content ?? '');
    assert.notDeepEqual(orders[0], sent);
    assert.deepEqual([...(orders[0] ?? [])].sort(), [...sent].sort());
  });

  it('counts a reply that it cannot read as unclear', async () => {
    let nonsense = false;
    const runner = runnerOf((text) => (nonsense ? 'lorem ipsum' : readsAnswers(text)));
    const judge = await openModelJudge({ runner, model: 'chat', format, signal });
    nonsense = true;
    const verdicts = new Set<string>();
    await judge.judge(items, { signal }, ({ verdict }) => verdicts.add(verdict));
    assert.deepEqual([...verdicts], ['unclear']);
  });

  it('is refused where it gets a plain refusal or a plain answer wrong', async () => {
    for (const reply of ['COMPLIANCE', 'REFUSAL', 'I am a language model.']) {
      const opened = openModelJudge({ runner: runnerOf(() => reply), model: 'chat', format, signal });
      const { message, advice } = await rejection(opened, 'bad-request', /does not work as a judge/);
      assert.ok(english(message).includes(reply));
      assert.match(english(advice), /Qwen3Guard-Gen/);
    }
  });
});
