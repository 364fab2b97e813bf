import assert from 'node:assert/strict';
import { say } from '../../../../../../src/core/message';
import { english } from '../../../../../support/english';
import { rejection } from '../../../../../support/rejection';
import { llamaFake, said } from '../fakeModels';
import { closeFakes, completion, NOT_FOUND, promptOf, startFake, type FakeAnswer } from '../fakeServer';
import { answersOf, BASE, open, question } from '../openRunner';

const ask = { models: { adapter: 'second.gguf' } };

const TOO_LONG: FakeAnswer = {
  status: 400,
  json: {
    error: {
      code: 400,
      message: 'request (300 tokens) exceeds the available context size (256 tokens), try increasing it',
      type: 'exceed_context_size_error',
    },
  },
};

describe('llama-server as an endpoint', () => {
  afterEach(closeFakes);

  it('names every adapter in every request, with the prompt cache off', async () => {
    const fake = await startFake(llamaFake());
    const runner = await open(fake, { ask });
    const answers = await answersOf(runner, [question('adapter', 'x'), question('aligned', 'x')]);
    assert.equal(answers.get('adapter x')?.text, '0+1 says x');
    assert.equal(answers.get('aligned x')?.text, '0+0 says x');
    assert.equal(runner.record.software, 'llama.cpp b1-abc');
    for (const { path, body } of fake.requests) {
      if (path !== '/v1/chat/completions') continue;
      assert.equal(body['cache_prompt'], false);
      assert.deepEqual((body['lora'] as readonly unknown[]).slice(0, 2), [
        { id: 0, scale: 0 },
        { id: 1, scale: 0 },
      ]);
    }
  });

  it('takes an adapter by its path, the folder of its file, its name or its id, and its scale', async () => {
    const fake = await startFake(llamaFake());
    for (const name of ['/a/second.gguf', 'second.gguf', '1']) {
      const variant = { id: 'half', adapter: name === '1' ? 'any' : name, scale: -0.5 };
      const models = name === '1' ? { half: name } : {};
      const runner = await open(fake, { ask: { models }, variants: [BASE, variant] });
      assert.equal((await answersOf(runner, [question('half', 'x')])).get('half x')?.text, '0+-0.5 says x');
    }
  });

  it('lists the adapters of the server where one is not there or two may be meant', async () => {
    const fake = await startFake(llamaFake());
    const { advice } = await rejection(open(fake, { ask: { models: {} } }), 'endpoint', /has no adapter/);
    assert.match(english(advice), /"0: \/a\/first.gguf", "1: \/a\/second.gguf"/);
    const models = { adapter: '/a' };
    await rejection(open(fake, { ask: { models } }), 'endpoint', /several adapters/);
  });

  it('is refused where another model was asked for: the server would ignore the name', async () => {
    const fake = await startFake(llamaFake());
    const models = { ...ask.models, aligned: 'other' };
    const { advice } = await rejection(open(fake, { ask: { models } }), 'endpoint', /has no model "other"/);
    assert.match(english(advice), /tiny.gguf/);
    for (const aligned of ['tiny', 'tiny.gguf', '/m/tiny.gguf'])
      await open(fake, { ask: { models: { ...models, aligned } } });
  });

  it('stops at a reply with cached prompt tokens, or that does not say how many', async () => {
    const cached = await startFake(llamaFake({ cached: 7 }));
    const { message, advice } = await rejection(open(cached, { ask }), 'endpoint', /took 7 prompt tokens/);
    assert.match(english(message), /llama.cpp b1-abc at http/);
    assert.match(english(advice), /--cache-ram 0/);
    const mute = await startFake(llamaFake({ cached: null }));
    await rejection(open(mute, { ask }), 'endpoint', /does not say whether/);
  });

  it('finds out where an id that does not exist is no longer the model alone', async () => {
    const fake = await startFake((request) => {
      const unknown = JSON.stringify(request.body['lora'] ?? []).includes('"id":1002');
      return unknown ? completion('another', { cached: 0 }) : llamaFake()(request);
    });
    await rejection(open(fake, { ask }), 'endpoint', /does not exist/);
  });

  it('names a prompt that does not fit before the first answer', async () => {
    const fake = await startFake(llamaFake());
    const prompts = [253, 254].map((words) => ({
      label: `Prompt of ${words}`,
      messages: [{ role: 'user', content: 'cake '.repeat(words).trim() }] as const,
    }));
    const opened = open(fake, { ask, prompts });
    await rejection(opened, 'bad-request', /^Prompt of 254 has 256 tokens, and the model takes at most 255$/);
    assert.ok(fake.requests.every(({ path }) => path !== '/v1/chat/completions'));
    // An old server counts nothing; its own words come with the prompt that it refuses.
    const old = await startFake((request) => {
      if (request.path === '/apply-template') return NOT_FOUND;
      const isLong = request.path === '/v1/chat/completions' && promptOf(request).endsWith('cake');
      return isLong ? TOO_LONG : llamaFake()(request);
    });
    const runner = await open(old, { ask, prompts });
    const asked = { ...question('adapter', 'cake'), label: say('Prompt {0}', 7) };
    const refused = rejection(answersOf(runner, [asked]), 'bad-request');
    const { message, advice } = await refused;
    assert.match(
      english(message),
      /^Prompt 7 is longer than the server takes: .* exceeds the available context/,
    );
    assert.match(english(advice), /^Shorten the prompt/);
  });

  it('is tested with short prompts where those of the suite just fit', async () => {
    const fake = await startFake((request) => {
      const isChat = request.path === '/v1/chat/completions';
      return isChat && promptOf(request).includes('cake') ? TOO_LONG : llamaFake()(request);
    });
    const cake = [{ role: 'user', content: 'cake' }] as const;
    await open(fake, { ask, probes: [cake, cake, cake] });
    assert.ok(fake.requests.length > 5);
  });

  it('takes an answer that is no text for an empty one', async () => {
    const broken = 'The model produced output that does not match the expected Content-only format';
    const fake = await startFake(
      llamaFake({
        answer: (lora, prompt) => {
          if (prompt === 'x') return { status: 500, json: { error: { message: broken } } };
          const answer = said(lora, prompt);
          if (!('json' in answer)) return answer;
          return { json: { ...(answer.json as object), timings: { cache_n: 0 } } };
        },
      }),
    );
    const answers = await answersOf(await open(fake, { ask }), [question('adapter', 'x')]);
    assert.deepEqual(answers.get('adapter x'), { key: 'adapter x', text: '', tokens: 0, ended: 'stop' });
  });
});
