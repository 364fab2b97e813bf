import assert from 'node:assert/strict';
import type { GateAnswer, GateRunner, GateVector, LossTerm } from '../../../src/evaluation/runners/gates';
import { createOnnxGateRunner } from '../../../src/evaluation/runners/onnx/gateRunner';
import { createOnnxRunner } from '../../../src/evaluation/runners/onnx/runner';
import type { Runner } from '../../../src/evaluation/runners/types';
import { rejection } from '../../support/rejection';
import { inTemporaryFolder } from '../../support/temporaryFolder';
import { idsAsText, numbers, randomModel, writeAdapter, type RandomModel } from './randomModel';

const CONFIG = {
  ...{ model_type: 'llama', vocab_size: 40, hidden_size: 32, intermediate_size: 48, num_hidden_layers: 2 },
  ...{ num_attention_heads: 4, num_key_value_heads: 2, max_position_embeddings: 64 },
};
const NEW_TOKENS = 12;
const chat = idsAsText(CONFIG.vocab_size);
const { signal } = new AbortController();
const PROMPTS = ['5 9 3 17', '4 11', '30 30 6 7 8 9'];
const messagesOf = (content: string) => [{ role: 'user', content }] as const;

describe('a runner of gates', () => {
  it('answers under gates as the runner does with the adapter, without it, and scaled', async () => {
    await withRunners(async ({ gates: runner, plain }) => {
      const vectors: Readonly<Record<string, GateVector>> = {
        adapter: uniform(runner, 1),
        half: uniform(runner, 0.5),
        none: uniform(runner, 0),
      };
      const questions = Object.keys(vectors).flatMap((variant) =>
        PROMPTS.map((prompt) => ({ key: `${variant} ${prompt}`, variant, messages: messagesOf(prompt) })),
      );
      const expected = new Map<string, string>();
      await plain.generate(questions, { signal, maxNewTokens: NEW_TOKENS }, ({ key, text }) =>
        expected.set(key, text),
      );
      const answers = new Map<string, GateAnswer>();
      const asked = questions.map(({ variant, ...question }) => ({
        ...question,
        gates: vectors[variant] ?? uniform(runner, NaN),
      }));
      await runner.generate(asked, { signal, maxNewTokens: NEW_TOKENS }, (answer) =>
        answers.set(answer.key, answer),
      );
      assert.equal(answers.size, expected.size);
      for (const [key, { text, ids, ended }] of answers) {
        assert.equal(text, expected.get(key), key);
        assert.equal(ids.join(' '), ended === 'stop' ? `${text} 2`.trim() : text);
      }
    });
  });

  it('moves from one adapter to the cut one by split gates', async () => {
    await withRunners(async ({ split }) => {
      assert.equal(split.isSplit, true);
      const count = split.modules.length;
      const terms = [
        { kind: 'likelihood', prompt: { messages: messagesOf('5 9 3') }, targets: [7, 8], weight: 1 },
      ] as const;
      const loss = async (on: number, off?: number): Promise<number> => {
        const whole = new Float64Array(count).fill(on);
        const rest = off === undefined ? {} : { off: new Float64Array(count).fill(off) };
        return (await split.step(terms, { on: whole, ...rest }, { signal })).loss;
      };
      // At equal gates the cut copy counts nothing.
      assert.ok(Math.abs((await loss(0.5)) - (await loss(0.5, 0.5))) < 1e-6);
      assert.ok(Math.abs((await loss(0)) - (await loss(0, 1))) > 1e-3);
    });
  });

  it('has the same gradient for terms together and one by one', async () => {
    await withRunners(async ({ gates: runner }) => {
      const gates = uniform(runner, 0.8);
      const terms = PROMPTS.map((prompt): LossTerm => {
        const targets = [7, 8, 9, 3];
        return { kind: 'likelihood', prompt: { messages: messagesOf(prompt) }, targets, weight: 0.3 };
      });
      const together = await runner.step(terms, gates, { signal });
      const sum = new Float64Array(runner.modules.length);
      for (const [at, term] of terms.entries()) {
        const alone = await runner.step([term], gates, { signal });
        alone.gradient.on.forEach((value, module) => (sum[module] = (sum[module] ?? 0) + value));
        assert.ok(Math.abs(alone.loss - (together.terms[at]?.loss ?? NaN)) < 1e-5);
      }
      sum.forEach((value, at) => assert.ok(Math.abs(value - (together.gradient.on[at] ?? NaN)) < 1e-5));
    });
  });

  it('returns NaN where the model computes it', async () => {
    await withRunners(async ({ gates: runner }) => {
      const prompt = { messages: messagesOf('5 9 3') };
      const term = { kind: 'likelihood', prompt, targets: [7, 8], weight: 1 } as const;
      const { loss, gradient } = await runner.step([term], uniform(runner, NaN), { signal });
      assert.ok(Number.isNaN(loss));
      assert.ok(gradient.on.every(Number.isNaN));
    });
  });

  it('estimates a step before the model is loaded', async () => {
    await withRunners(async ({ gates: runner }) => {
      const prompt = { messages: messagesOf('5 9 3') };
      const term = { kind: 'likelihood', prompt, targets: [7, 8], weight: 1 } as const;
      const estimate = await runner.estimate?.([term], { signal });
      assert.ok(estimate !== undefined && estimate.seconds > 0);
      assert.ok(estimate.bytes > process.memoryUsage.rss() / 2 && estimate.availableBytes > 0);
    });
  });

  it('ends a step and an answer that are cancelled', async () => {
    await withRunners(async ({ gates: runner }) => {
      const controller = new AbortController();
      controller.abort();
      const options = { signal: controller.signal };
      const prompt = { messages: messagesOf('5 9 3') };
      const term = { kind: 'likelihood', prompt, targets: [7, 8], weight: 1 } as const;
      await rejection(runner.step([term], uniform(runner, 1), options), 'cancelled', /./);
      const question = { key: 'one', ...prompt, gates: uniform(runner, 1) };
      await rejection(
        runner.generate([question], { ...options, maxNewTokens: NEW_TOKENS }, () => undefined),
        'cancelled',
        /./,
      );
    });
  });

  it('declines the cut of another adapter', async () => {
    await inTemporaryFolder(async (folder) => {
      const { model, adapter, decoder } = await randomModel(folder, CONFIG, (name) => name.includes('mlp'));
      await writeAdapter(`${folder}/cut`, decoder, () => true);
      const cut = `${folder}/cut`;
      const made = createOnnxGateRunner({ model, adapter, cut, chat, threads: 1 });
      await rejection(made, 'wrong-models', /not in the adapter/);
    });
  });
});

const uniform = ({ modules }: GateRunner, value: number): GateVector => ({
  on: new Float64Array(modules.length).fill(value),
});

interface Runners {
  readonly gates: GateRunner;
  readonly split: GateRunner;
  readonly plain: Runner;
}

async function withRunners(work: (runners: Runners) => Promise<void>): Promise<void> {
  await inTemporaryFolder(async (folder) => {
    const made: RandomModel = await randomModel(folder, CONFIG);
    const { model, adapter, decoder } = made;
    const cut = `${folder}/cut`;
    await writeAdapter(cut, decoder, (name) => !name.includes('down'), numbers(9));
    const runners = {
      gates: await createOnnxGateRunner({ model, adapter, chat, threads: 1 }),
      split: await createOnnxGateRunner({ model, adapter, cut, chat, threads: 1 }),
      plain: await createOnnxRunner({
        ...{ model, chat, threads: 1 },
        variants: [
          { id: 'adapter', adapter, scale: 1 },
          { id: 'half', adapter, scale: 0.5 },
          { id: 'none', adapter: null, scale: 1 },
        ],
      }),
    };
    try {
      await work(runners);
    } finally {
      for (const runner of Object.values(runners)) await runner.close();
    }
  });
}
