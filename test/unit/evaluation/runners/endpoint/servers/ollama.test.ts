import assert from 'node:assert/strict';
import { english } from '../../../../../support/english';
import { rejection } from '../../../../../support/rejection';
import { closeFakes, NOT_FOUND, promptOf, startFake, type FakeHandler } from '../fakeServer';
import { answersOf, open, question, signal } from '../openRunner';

const MODELS = ['plain:latest', 'tuned:latest'];

const ollamaFake: FakeHandler = (request) => {
  const { path, body } = request;
  if (path === '/api/version') return { json: { version: '0.33.1' } };
  if (path === '/api/tags') return { json: { models: MODELS.map((name) => ({ name })) } };
  if (path !== '/api/chat') return NOT_FOUND;
  const model = String(body['model']);
  if (!MODELS.includes(`${model}:latest`))
    return { status: 404, json: { error: `model '${model}' not found` } };
  const message = { role: 'assistant', content: `${model} says ${promptOf(request)}` };
  const times = { prompt_eval_count: 10, prompt_eval_duration: 1e8, eval_count: 5, eval_duration: 1e9 };
  return { json: { model, message, done: true, done_reason: 'stop', ...times } };
};

describe('Ollama as an endpoint', () => {
  afterEach(closeFakes);

  it('asks by its own API, which takes the penalties of a Modelfile, and reads its times', async () => {
    const fake = await startFake(ollamaFake);
    const runner = await open(fake);
    assert.equal(runner.record.software, 'Ollama 0.33.1');
    const answer = (await answersOf(runner, [question('adapter', 'x')])).get('adapter x');
    assert.deepEqual(answer, { key: 'adapter x', text: 'tuned says x', tokens: 4, ended: 'stop' });
    const options = fake.requests.at(-1)?.body['options'] as Record<string, unknown>;
    assert.deepEqual([options['temperature'], options['repeat_penalty'], options['num_predict']], [0, 1, 8]);
    const { prefill, decode } = (await runner.costs({ signal })).get('adapter') ?? {};
    assert.deepEqual([prefill?.median, decode?.median], [100, 5]);
  });

  it('needs a model for each variant, and multiplies none', async () => {
    const fake = await startFake(ollamaFake);
    const models = { aligned: 'plain' };
    const { advice } = await rejection(open(fake, { ask: { models } }), 'endpoint', /has no model/);
    assert.match(english(advice), /"plain:latest", "tuned:latest"/);
    const variants = [{ id: 'half', adapter: 'tuned', scale: 0.5 }];
    await rejection(open(fake, { ask: { models: {} }, variants }), 'bad-request', /cannot multiply/);
  });
});
