import assert from 'node:assert/strict';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ADAPTER, ALIGNED, answerOf } from '../../src/core/results/evaluation/summarize';
import type { EvaluationDocument } from '../../src/core/results/evaluation/types';
import { parseEvaluation } from '../../src/core/results/evaluation/parse';
import { openChat, type Chat } from '../../src/evaluation/chat/chat';
import { makers } from '../../src/evaluation/makers';
import { measure } from '../../src/evaluation/run';
import type { Runner } from '../../src/evaluation/runners/types';
import { skipBecause } from '../support/skip';
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

describe('an evaluation of a real model, SmolLM2-135M-Instruct', function () {
  this.timeout(HANG_MS);
  let folder: string;
  let sides: Sides;
  before(async function () {
    const python = await startPython('smolLM2.py', { threads: THREADS });
    if ('missing' in python) skipBecause(this, python.missing);
    const model = await smolLM2();
    folder = await mkdtemp(join(await realpath(tmpdir()), 'splora-test-'));
    const adapter = join(folder, 'adapter');
    await python.ask({ what: 'adapter', model, folder: adapter });
    const document = await evaluated(model, adapter, join(folder, 'suites'));
    sides = { python, model, adapter, document, chat: await openChat({ adapter: null, model }) };
  });
  after(async () => {
    // Undefined where the tests are skipped.
    (sides as Sides | undefined)?.python.dispose();
    if ((folder as string | undefined) !== undefined) await rm(folder, { recursive: true });
  });

  it('answers 100 prompts as transformers does, ties apart', async () => {
    assert.equal(PROMPTS.length, 100);
    await answersAlike(sides, ALIGNED, [...PROMPTS.keys()]);
  });

  it('answers with an adapter as PEFT does, ties apart', async () => {
    await answersAlike(
      sides,
      ADAPTER,
      [...PROMPTS.keys()].filter((index) => index % 5 === 0),
    );
  });
});

interface Sides {
  readonly python: Python;
  readonly model: string;
  readonly adapter: string;
  readonly document: EvaluationDocument;
  readonly chat: Chat;
}

/** The evaluation of all prompts, as a file of it is read. */
async function evaluated(model: string, adapter: string, suites: string): Promise<EvaluationDocument> {
  await mkdir(suites);
  const lines = PROMPTS.map((prompt, index) => JSON.stringify({ id: String(index), prompt, split: 'test' }));
  await writeFile(join(suites, 'benign.jsonl'), lines.join('\n'));
  const document = await measure(
    {
      ...{ adapter, aligned: model, variants: [], suites: [suites], maxNewTokens: TOKENS },
      runner: { kind: 'onnx', threads: THREADS },
    },
    { signal: new AbortController().signal, emit: () => undefined },
    { ...makers, openRunner: async (...made) => answersOnly(await makers.openRunner(...made)) },
  );
  return parseEvaluation(JSON.stringify(document));
}

/** Scores and timings would take longer than the answers; they are compared on the sample. */
const answersOnly = (runner: Runner): Runner => ({
  record: runner.record,
  notes: runner.notes,
  generate: (...asked) => runner.generate(...asked),
  costs: () => Promise.resolve(new Map()),
  close: () => runner.close(),
});

async function answersAlike(
  { python, model, adapter: folder, document, chat }: Sides,
  variant: typeof ALIGNED | typeof ADAPTER,
  indexes: readonly number[],
): Promise<void> {
  const adapter = variant === ALIGNED ? null : folder;
  const rows = new Map(document.rows.map((row) => [row.id, row]));
  const answers = indexes.map((index) => {
    const row = rows.get(String(index));
    assert.ok(row);
    assert.equal(row.prompt, PROMPTS[index]);
    return answerOf(row, variant)?.text ?? assert.fail(`no answer to ${index}`);
  });
  const conversations = indexes.map((index) => [{ role: 'user', content: PROMPTS[index] }]);
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
  assert.ok(different.length <= (1 - EQUAL_SHARE) * indexes.length, `${different.length} differ`);
}

function firstDifference(a: readonly number[], b: readonly number[]): number {
  const at = b.findIndex((id, index) => id !== a[index]);
  return at < 0 ? b.length : at;
}
