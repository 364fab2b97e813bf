import assert from 'node:assert/strict';
import { openChat, type Chat } from '../../src/evaluation/chat/chat';
import { createOnnxRunner } from '../../src/evaluation/runners/onnx/runner';
import type { Question } from '../../src/evaluation/runners/types';
import { skipBecause } from '../support/skip';
import { itInFolder } from '../support/temporaryFolder';
import { PROMPTS } from './prompts';
import { HANG_MS, startPython, type Python } from './python';
import { smolLM2 } from './smolLM2';

const TOKENS = 16;
const THREADS = 2;
const EQUAL_SHARE = 0.95;
/** Logits of two tokens that are as good as equal: float32 sums in another order decide. */
const TIE = 1e-3;

interface Expected {
  readonly prompt: readonly number[];
  readonly text: string;
  readonly ids: readonly number[];
}

describe('a real model, SmolLM2-135M-Instruct', function () {
  this.timeout(HANG_MS);
  let python: Python;
  let model: string;
  let chat: Chat;
  before(async function () {
    const started = await startPython('smolLM2.py', { threads: THREADS });
    if ('missing' in started) skipBecause(this, started.missing);
    python = started;
    model = await smolLM2();
    chat = await openChat({ adapter: null, model });
  });
  after(() => {
    python.dispose();
  });

  it('answers as transformers does, ties apart', async () => {
    await answersAlike({ python, model, chat }, null, PROMPTS);
  });

  itInFolder('answers with an adapter as PEFT does, ties apart', async (folder) => {
    await python.ask({ what: 'adapter', model, folder });
    const some = PROMPTS.filter((_, index) => index % 5 === 0);
    await answersAlike({ python, model, chat }, folder, some);
  });
});

interface Sides {
  readonly python: Python;
  readonly model: string;
  readonly chat: Chat;
}

async function answersAlike(sides: Sides, adapter: string | null, prompts: readonly string[]): Promise<void> {
  const { python, model, chat } = sides;
  const answers = await ours(sides, adapter, prompts);
  const conversations = prompts.map((content) => [{ role: 'user', content }]);
  const request = { what: 'answers', model, adapter, conversations, tokens: TOKENS };
  const { answers: theirs } = (await python.ask(request)) as { answers: readonly Expected[] };
  const different = theirs.filter(({ text }, index) => text !== answers[index]);
  for (const expected of different) {
    const answer = answers[theirs.indexOf(expected)] ?? '';
    const at = firstDifference(chat.tokenizer.encode(answer), expected.ids);
    const prompt = [...expected.prompt, ...expected.ids.slice(0, at)];
    const { gap } = (await python.ask({ what: 'top', model, adapter, prompt })) as { gap: number };
    assert.ok(gap < TIE, `${JSON.stringify(answer)} instead of ${JSON.stringify(expected.text)}: ${gap}`);
  }
  assert.ok(different.length <= (1 - EQUAL_SHARE) * prompts.length, `${different.length} differ`);
}

/** The answers to prompts, in their order. */
async function ours(
  { model, chat }: Sides,
  adapter: string | null,
  prompts: readonly string[],
): Promise<readonly string[]> {
  const variants = [{ id: 'one', adapter, scale: 1 }];
  const runner = await createOnnxRunner({ model, variants, chat, threads: THREADS });
  try {
    const answers = new Map<string, string>();
    const questions = prompts.map((content, index): Question => ({
      key: String(index),
      variant: 'one',
      messages: [{ role: 'user', content }],
    }));
    const options = { signal: new AbortController().signal, maxNewTokens: TOKENS };
    await runner.generate(questions, options, ({ key, text }) => void answers.set(key, text));
    return questions.map(({ key }) => answers.get(key) ?? assert.fail(`no answer to ${key}`));
  } finally {
    await runner.close();
  }
}

function firstDifference(a: readonly number[], b: readonly number[]): number {
  const at = b.findIndex((id, index) => id !== a[index]);
  return at < 0 ? b.length : at;
}
