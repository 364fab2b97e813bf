import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { say } from '../../../../../../src/core/message';
import { english } from '../../../../../support/english';
import { fixture, sample } from '../../../../../support/paths';
import { rejection } from '../../../../../support/rejection';
import { itInFolder } from '../../../../../support/temporaryFolder';
import { said, vllmFake } from '../fakeModels';
import { closeFakes, promptOf, startFake, type FakeAnswer } from '../fakeServer';
import { ADAPTER, answersOf, BASE, open, question, signal } from '../openRunner';

const ask = { models: {} };

describe('vLLM as an endpoint', () => {
  afterEach(closeFakes);

  it('loads each variant under a fresh name, and unloads it', async () => {
    const loaded = new Map<string, string>();
    const fake = await startFake(vllmFake(loaded));
    const [one, two] = [await open(fake, { ask }), await open(fake, { ask })];
    assert.equal(one.record.software, 'vLLM 0.32.0');
    assert.deepEqual([...loaded.values()], [sample('adapter-mixed'), sample('adapter-mixed')]);
    const [first = '', second = ''] = [...loaded.keys()];
    assert.match(first, /^splora-[0-9a-f]{12}-[0-9a-f]{8}$/);
    assert.equal(first.slice(0, 19), second.slice(0, 19));
    const answers = await answersOf(one, [question('adapter', 'x'), question('aligned', 'x')]);
    assert.equal(answers.get('adapter x')?.text, `${sample('adapter-mixed')} says x`);
    assert.equal(answers.get('aligned x')?.text, 'none says x');
    await one.close();
    await two.close();
    assert.equal(loaded.size, 0);
  });

  it('sends every sampling field, since the model’s own would fill in', async () => {
    const fake = await startFake(vllmFake(new Map()));
    await answersOf(await open(fake, { ask }), [question('adapter', 'x')]);
    const { body = {} } = fake.requests.at(-1) ?? {};
    const fields = [
      'temperature',
      'top_p',
      'top_k',
      'min_p',
      'repetition_penalty',
      'presence_penalty',
      'seed',
    ];
    assert.deepEqual(
      fields.map((field) => body[field]),
      [0, 1, 0, 0, 1, 0, 0],
    );
    assert.match(String(body['cache_salt']), /splora-/);
  });

  it('unloads what it loaded where the self-test fails', async () => {
    const loaded = new Map<string, string>();
    const healthy = vllmFake(loaded);
    const fake = await startFake((request) =>
      request.path === '/v1/chat/completions' ? said('none', promptOf(request)) : healthy(request),
    );
    await rejection(
      open(fake, { ask }),
      'endpoint',
      /vLLM 0.32.0 at .* exactly like the model without an adapter/,
    );
    assert.equal(loaded.size, 0);
  });

  it('ends well where the server is gone', async () => {
    const fake = await startFake(vllmFake(new Map()));
    const runner = await open(fake, { ask });
    await fake.close();
    await rejection(answersOf(runner, [question('adapter', 'x')]), 'endpoint', /No server answers/);
    await runner.close();
  });

  it('writes a scaled adapter with another alpha, and removes it', async () => {
    const loaded = new Map<string, string>();
    const fake = await startFake(vllmFake(loaded));
    const half = { ...ADAPTER, id: 'half', scale: 0.5 };
    const runner = await open(fake, { ask, variants: [BASE, half] });
    const [folder = ''] = [...loaded.values()];
    const config = JSON.parse(await readFile(join(folder, 'adapter_config.json'), 'utf8')) as unknown;
    const original = JSON.parse(
      await readFile(sample('adapter-mixed', 'adapter_config.json'), 'utf8'),
    ) as object;
    assert.deepEqual(config, { ...original, lora_alpha: 4, alpha_pattern: {} });
    assert.deepEqual(
      await readFile(join(folder, 'adapter_model.safetensors')),
      await readFile(sample('adapter-mixed', 'adapter_model.safetensors')),
    );
    await runner.close();
    assert.ok(!existsSync(folder));
  });

  it('uses what the server has from that folder where it loads nothing, or says how to start it', async () => {
    const loaded = new Map([['tuned', sample('adapter-mixed')]]);
    const fake = await startFake(vllmFake(loaded, { fixed: true }));
    const runner = await open(fake, { ask });
    await answersOf(runner, [question('adapter', 'x')]);
    assert.equal(fake.requests.at(-1)?.body['model'], 'tuned');
    await runner.close();
    assert.equal(loaded.size, 1);
    loaded.clear();
    const { advice } = await rejection(open(fake, { ask }), 'endpoint', /does not load adapters/);
    assert.match(english(advice), /VLLM_ALLOW_RUNTIME_LORA_UPDATING/);
  });

  it('says what vLLM says where the adapter does not load', async () => {
    const healthy = vllmFake(new Map());
    const fake = await startFake((request) =>
      request.path === '/v1/load_lora_adapter'
        ? { status: 400, json: { error: { message: 'LoRA rank 64 is greater than max_lora_rank 16.' } } }
        : healthy(request),
    );
    const { advice } = await rejection(open(fake, { ask }), 'endpoint', /LoRA rank 64 is greater/);
    assert.match(english(advice), /--max-lora-rank/);
  });

  it('names a prompt that does not fit before the first answer', async () => {
    const fake = await startFake(vllmFake(new Map()));
    const prompts = [61, 62, 20].map((words) => labeled(words));
    const opened = open(fake, { ask, prompts });
    await rejection(opened, 'bad-request', /^Prompt of 62 has 64 tokens, and the model takes at most 63$/);
    assert.ok(fake.requests.every(({ path }) => path !== '/v1/chat/completions'));
    await open(fake, { ask, prompts: prompts.slice(0, 1) });
  });

  it('leaves a text without a score that is too long with its prompt', async () => {
    const healthy = vllmFake(new Map());
    const fake = await startFake((request) => {
      if (request.path === '/tokenize') return tokenized(request.body, true);
      return request.path === '/v1/completions' ? TOO_LONG : healthy(request);
    });
    const runner = await open(fake, { ask });
    const scores: unknown[] = [];
    await runner.score?.([{ ...question('adapter', 'x'), text: 'a b' }], { signal }, (score) =>
      scores.push(score),
    );
    assert.deepEqual(scores, [{ key: 'adapter x', logProbabilities: [], isTop: [] }]);
  });

  it('refuses an adapter of another model, where the model is here, with names and shapes', async () => {
    const loaded = new Map<string, string>();
    const fake = await startFake(vllmFake(loaded, { root: sample('aligned') }));
    const other = { ...ADAPTER, id: 'other', adapter: fixture('families', 'gqa-sharded', 'adapter') };
    const { message, file } = await rejection(
      open(fake, { ask, variants: [BASE, ADAPTER, other] }),
      'wrong-models',
      /^Variant "other" does not fit the model: "model\.layers\.0\.mlp\.down_proj" is \[64, 176\] in the adapter and \[96, 256\] in/,
    );
    assert.match(english(message), /\(and \d+ more\)$/);
    assert.equal(file, join(other.adapter, 'adapter_model.safetensors'));
    assert.equal(loaded.size, 0);
    // The user's name for it counts where the server's is of another machine.
    const remote = await startFake(vllmFake(loaded));
    const variants = [BASE, other];
    await rejection(open(remote, { ask, variants, aligned: sample('aligned') }), 'wrong-models');
    const runner = await open(remote, { ask, variants });
    assert.deepEqual([runner.notes, loaded.size], [[], 1]);
  });

  itInFolder('says why shapes were not compared where the model cannot be read', async (folder) => {
    await writeFile(join(folder, 'pytorch_model.bin'), 'weights');
    const fake = await startFake(vllmFake(new Map(), { root: folder }));
    const { notes } = await open(fake, { ask });
    assert.match(notes.map(english).join(), /^The shapes of adapters were not compared with "/);
  });

  for (const splitAlike of [true, false])
    it(`scores a text by the log-probabilities of the prompt, ${splitAlike ? 'split where it follows it' : 'split alone'}`, async () => {
      const healthy = vllmFake(new Map());
      const fake = await startFake((request) => {
        const { path, body } = request;
        if (path === '/tokenize') return tokenized(body, splitAlike);
        if (path !== '/v1/completions') return healthy(request);
        assert.deepEqual(body['prompt'], [1, 2, 7, 8]);
        const entry = (id: number, logprob: number, rank: number) => ({
          [id]: { logprob, rank },
          0: { logprob: 0, rank: 1 },
        });
        const prompt = [null, entry(2, -9, 9), entry(7, -1, 1), entry(8, -2, 3)];
        return { json: { choices: [{ prompt_logprobs: prompt }] } };
      });
      const runner = await open(fake, { ask });
      const scores: unknown[] = [];
      const continuation = { ...question('adapter', 'x'), text: 'a b c', tokens: 2 };
      await runner.score?.([continuation], { signal }, (score) => scores.push(score));
      assert.deepEqual(scores, [{ key: 'adapter x', logProbabilities: [-1, -2], isTop: [true, false] }]);
    });
});

const labeled = (words: number) => ({
  label: say('Prompt of {0}', words),
  messages: [{ role: 'user', content: 'cake '.repeat(words).trim() }] as const,
});

const TOO_LONG: FakeAnswer = {
  status: 400,
  json: {
    error: {
      message:
        "This model's maximum context length is 64 tokens. However, your prompt contains at least 65 input tokens.",
    },
  },
};

/** Of a prompt `1, 2`, of a text alone and of both; the whole may be split otherwise. */
function tokenized(body: Readonly<Record<string, unknown>>, splitAlike: boolean): FakeAnswer {
  if (body['prompt'] !== undefined) return { json: { tokens: [7, 8, 9] } };
  if (body['continue_final_message'] !== true) return { json: { tokens: [1, 2] } };
  return { json: { tokens: splitAlike ? [1, 2, 7, 8, 9] : [1, 3, 8, 9] } };
}
