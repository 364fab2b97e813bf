import assert from 'node:assert/strict';
import { join } from 'node:path';
import { createOnnxRunner } from '../../src/evaluation/runners/onnx/runner';
import type { Chat } from '../../src/evaluation/chat/chat';
import type { Question, Runner } from '../../src/evaluation/runners/types';
import { skipBecause } from '../support/skip';
import { itInFolder } from '../support/temporaryFolder';
import { HANG_MS, startPython, type Python } from './python';

interface Answers {
  /** Log-probabilities of all ids after each prompt. */
  readonly next: readonly (readonly number[])[];
  /** Of each continuation's ids. */
  readonly scores: readonly (readonly number[])[];
  readonly greedy: readonly (readonly number[])[];
}

type Dtype = 'float32' | 'float16' | 'bfloat16';

/** Names of families.py; what weights are stored as, and whether the config is as transformers 4 wrote it. */
const CASES: readonly (readonly [kind: string, dtype: Dtype, v4?: boolean])[] = [
  ['llama', 'float32', true],
  ['llama, biases', 'bfloat16'],
  ['llama, rope linear', 'float16', true],
  ['llama, rope dynamic', 'float32', true],
  ['llama, rope llama3', 'bfloat16', true],
  ['llama, rope yarn', 'float16', true],
  ['mistral', 'float32'],
  ['qwen2', 'bfloat16'],
  ['qwen2, sliding', 'float16'],
  ['qwen3', 'float32'],
  ['gemma', 'bfloat16'],
  ['gemma2', 'float16'],
  ['gemma3', 'float32'],
  ['smollm3', 'bfloat16'],
  ['olmo2', 'float16'],
  ['phi3', 'float32'],
  ['phi3, longrope', 'bfloat16'],
  ['gpt2', 'float16'],
  ['gpt_neox', 'float32'],
  ['gpt_neox, one after the other', 'bfloat16'],
  ['granite', 'float16'],
];

const VOCABULARY = 96;
const NEW_TOKENS = 64;
const TOLERANCE = 1e-4;
/** Longer than the sliding windows, and of unlike lengths. */
const PROMPTS = [ids(12, 5), ids(9, 7), ids(5, 11)];
const CONTINUATIONS = [ids(20, 13), ids(20, 17), ids(20, 19)];
const VARIANTS = ['bare', 'adapter'] as const;

describe('in-process models compute what transformers and PEFT compute', function () {
  this.timeout(HANG_MS);
  let python: Python | undefined;
  before(async function () {
    const started = await startPython('families.py');
    if ('missing' in started) skipBecause(this, started.missing);
    python = started;
  });
  after(() => python?.dispose());

  for (const [kind, dtype, v4 = false] of CASES) {
    itInFolder(`${kind}, stored as ${dtype}`, async (folder) => {
      assert.ok(python);
      await python.ask({ what: 'make', folder, kind, dtype, v4 });
      const request = { folder, prompts: PROMPTS, continuations: CONTINUATIONS, tokens: NEW_TOKENS };
      const expected = (await python.ask({ what: 'expect', ...request })) as Record<
        'bare' | 'adapter',
        Answers
      >;
      const runner = await createOnnxRunner({
        model: join(folder, 'model'),
        variants: [
          { id: 'bare', adapter: null, scale: 1 },
          { id: 'adapter', adapter: join(folder, 'adapter'), scale: 1 },
        ],
        chat: PLAIN_IDS,
        threads: 1,
      });
      try {
        await compare(runner, expected);
      } finally {
        await runner.close();
      }
    });
  }
});

async function compare(runner: Runner, expected: Record<'bare' | 'adapter', Answers>): Promise<void> {
  const asked = VARIANTS.flatMap((variant) => PROMPTS.map((prompt, at) => ({ variant, prompt, at })));
  const { signal } = new AbortController();
  const scores = new Map<string, readonly number[]>();
  const continuations = asked.flatMap(({ variant, prompt, at }) => {
    const question = questionOf(variant, prompt);
    const next = Array.from({ length: VOCABULARY }, (_, id) => ({
      ...question,
      key: `${variant} ${at} next ${id}`,
      text: String(id),
    }));
    return [{ ...question, key: `${variant} ${at}`, text: CONTINUATIONS[at]?.join(' ') ?? '' }, ...next];
  });
  await runner.score?.(continuations, { signal }, ({ key, logProbabilities }) =>
    scores.set(key, logProbabilities),
  );
  const answers = new Map<string, string>();
  const questions = asked.map(({ variant, prompt, at }) => ({
    ...questionOf(variant, prompt),
    key: `${variant} ${at}`,
  }));
  await runner.generate(questions, { signal, maxNewTokens: NEW_TOKENS }, ({ key, text }) =>
    answers.set(key, text),
  );
  for (const { variant, at } of asked) {
    const { next, scores: scored, greedy } = expected[variant];
    const all = (next[at] ?? []).map((_, id) => scores.get(`${variant} ${at} next ${id}`)?.[0] ?? NaN);
    assertClose(all, next[at] ?? [], `${variant}, next`);
    assertClose(scores.get(`${variant} ${at}`) ?? [], scored[at] ?? [], `${variant}, continuation`);
    assert.equal(answers.get(`${variant} ${at}`), greedy[at]?.join(' '), `${variant}, greedy`);
  }
  // Else nothing would show that the adapter is applied.
  assert.ok(expected.bare.next.some((row, at) => differs(row, expected.adapter.next[at] ?? [])));
}

function assertClose(actual: readonly number[], expected: readonly number[], what: string): void {
  assert.ok(expected.length > 0 && actual.length === expected.length, what);
  const worst = actual.reduce(
    (most, value, at) => Math.max(most, Math.abs(value - (expected[at] ?? NaN))),
    0,
  );
  assert.ok(worst <= TOLERANCE, `${what}: log-probabilities differ by ${worst}`);
}

const differs = (one: readonly number[], other: readonly number[]): boolean =>
  one.some((value, at) => Math.abs(value - (other[at] ?? NaN)) > 100 * TOLERANCE);

const questionOf = (variant: string, prompt: readonly number[]): Omit<Question, 'key'> => ({
  variant,
  messages: [{ role: 'user', content: prompt.join(' ') }],
});

/** Numbers without a pattern, the same in each run. */
function ids(length: number, seed: number): number[] {
  let state = seed;
  return Array.from({ length }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return 3 + (state % (VOCABULARY - 3));
  });
}

const read = (text: string): number[] => text.split(' ').map(Number);

/** Texts are lists of ids. */
const PLAIN_IDS: Chat = {
  tokenizer: {
    record: { file: 'tokenizer.json', sha256: '' },
    notes: [],
    size: VOCABULARY,
    endTokens: new Set(),
    padToken: 0,
    specialTokens: new Map(),
    encode: read,
    decode: (list) => list.join(' '),
  },
  records: { tokenizer: { file: 'tokenizer.json', sha256: '' } },
  notes: [],
  prompt: ([message]) => read(message?.content ?? ''),
  answer: (_messages, text) => read(text),
};
