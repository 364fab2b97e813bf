import assert from 'node:assert/strict';
import { join } from 'node:path';
import { createOnnxRunner } from '../../../src/evaluation/runners/onnx/runner';
import type { Question, Runner } from '../../../src/evaluation/runners/types';
import { itInFolder } from '../../support/temporaryFolder';
import { idsAsText, randomModel, type Precision } from './randomModel';
import { generateAll, scoreEach } from './support';

/** The head has more than a million weights, so that it is converted in pieces. */
const LLAMA = {
  model_type: 'llama',
  ...{ vocab_size: 17_000, hidden_size: 64, intermediate_size: 96, num_hidden_layers: 2 },
  ...{ num_attention_heads: 4, num_key_value_heads: 2, max_position_embeddings: 64, attention_bias: true },
};
const GPT2 = { model_type: 'gpt2', vocab_size: 300, n_positions: 64, n_embd: 32, n_layer: 2, n_head: 4 };
const NEW_TOKENS = 16;
/** In nats. Sums of products are rounded in another order. */
const TOLERANCE = 1e-4;

describe('weights that are not float32', () => {
  for (const [title, config, dtype] of [
    ['bfloat16, the embedding as head', { ...LLAMA, tie_word_embeddings: true }, 'BF16'],
    ['float16, a head of its own', LLAMA, 'F16'],
    ['bfloat16, stored in x out', GPT2, 'BF16'],
  ] as const)
    itInFolder(`answer and score as the same numbers in float32: ${title}`, async (folder) => {
      const [stored, widened] = await Promise.all(
        [false, true].map((isWide) => run(join(folder, String(isWide)), config, { dtype, widened: isWide })),
      );
      assert.ok(stored !== undefined && widened !== undefined);
      assert.deepEqual(stored.texts, widened.texts);
      assert.equal(stored.scores.length, widened.scores.length);
      stored.scores.forEach((score, at) =>
        assert.ok(
          Math.abs(score - (widened.scores[at] ?? NaN)) < TOLERANCE,
          `${score} ${widened.scores[at]}`,
        ),
      );
    });
});

interface Ran {
  readonly texts: readonly string[];
  readonly scores: readonly number[];
}

async function run(
  folder: string,
  config: Readonly<Record<string, unknown>>,
  precision: Precision,
): Promise<Ran> {
  const { model, adapter, decoder } = await randomModel(folder, config, () => true, precision);
  const variants = [null, adapter].map((each, at) => ({ id: String(at), adapter: each, scale: 1 }));
  const chat = idsAsText(decoder.vocabulary);
  const runner = await createOnnxRunner({ model, variants, chat, threads: 1 });
  try {
    const questions = variants.flatMap(({ id }) =>
      ['3 4 5', '7 6 5 4 9 8'].map((content): Question => ({
        key: `${id} ${content}`,
        variant: id,
        messages: [{ role: 'user', content }],
      })),
    );
    return await answersAndScores(runner, questions);
  } finally {
    await runner.close();
  }
}

async function answersAndScores(runner: Runner, questions: readonly Question[]): Promise<Ran> {
  const answers = await generateAll(runner, questions, { maxNewTokens: NEW_TOKENS });
  const texts = questions.map(({ key }) => answers.get(key)?.text ?? '');
  const scores = await scoreEach(
    runner,
    questions.map((question) => ({ ...question, text: '10 11 12 13' })),
  );
  return {
    texts,
    scores: questions.flatMap(({ key }) => scores.get(key)?.logProbabilities ?? []),
  };
}
