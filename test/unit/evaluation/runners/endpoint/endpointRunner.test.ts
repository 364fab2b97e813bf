import assert from 'node:assert/strict';
import { english } from '../../../../support/english';
import { sample } from '../../../../support/paths';
import { rejection } from '../../../../support/rejection';
import { llamaFake, openaiFake, said } from './fakeModels';
import { closeFakes, completion, startFake } from './fakeServer';
import { answersOf, open, question, signal } from './openRunner';

describe('the endpoint runner', () => {
  afterEach(closeFakes);

  it('asks each variant under its name, greedily, and says who answered', async () => {
    const fake = await startFake(openaiFake(['plain', 'tuned']));
    const runner = await open(fake);
    const answers = await answersOf(runner, [question('adapter', 'one two'), question('aligned', 'three')]);
    assert.deepEqual(answers.get('adapter one two'), {
      key: 'adapter one two',
      text: 'tuned says one two',
      tokens: 4,
      ended: 'stop',
    });
    assert.equal(answers.get('aligned three')?.text, 'plain says three');
    const { body } = fake.requests.at(-1) ?? {};
    assert.deepEqual([body?.['temperature'], body?.['max_tokens'], body?.['stream']], [0, 8, false]);
    // All of one variant, then the next.
    assert.deepEqual(
      fake.requests.slice(-2).map(({ body: sent }) => sent['model']),
      ['plain', 'tuned'],
    );
    assert.deepEqual(runner.record, {
      kind: 'endpoint',
      software: 'OpenAI-compatible server',
      precision: null,
      url: fake.url,
      noiseFloor: 0,
    });
    const costs = await runner.costs({ signal });
    assert.equal(costs.get('aligned')?.multiplyAdds, 0);
    assert.equal(costs.get('adapter')?.multiplyAdds, 58_368);
  });

  it('takes the name of a model at the server for no folder here', async () => {
    const name = sample('adapter-mixed');
    const fake = await startFake(openaiFake(['plain', name]));
    const runner = await open(fake, { ask: { models: { aligned: 'plain', adapter: name } } });
    const costs = await runner.costs({ signal });
    assert.deepEqual([costs.get('aligned')?.bytes, costs.get('adapter')], [0, {}]);
  });

  it('asks at most as many at once as it was told', async () => {
    const fake = await startFake(openaiFake(['plain', 'tuned']), 5);
    const runner = await open(fake, { ask: { concurrency: 3 } });
    const questions = Array.from({ length: 12 }, (_, index) => question('aligned', String(index)));
    assert.equal((await answersOf(runner, questions)).size, 12);
    assert.equal(fake.mostAtOnce, 3);
  });

  it('keeps what was answered before the server died', async () => {
    let left = Infinity;
    const healthy = openaiFake(['plain', 'tuned']);
    const fake = await startFake((request) => {
      if (request.path === '/v1/chat/completions' && left-- <= 0)
        return { raw: (response) => response.destroy() };
      return healthy(request);
    });
    const runner = await open(fake);
    left = 3;
    const given: string[] = [];
    const questions = Array.from({ length: 9 }, (_, index) => question('adapter', String(index)));
    const work = runner.generate(questions, { maxNewTokens: 8, signal }, ({ key }) => void given.push(key));
    await rejection(work, 'endpoint', /connection closed/);
    assert.deepEqual(given, ['adapter 0', 'adapter 1', 'adapter 2']);
  });

  it('doubts an answer of another variant, and notes another name once', async () => {
    let name = (model: string): string => `${model}-2030`;
    const fake = await startFake(
      openaiFake(['plain', 'tuned'], (model, prompt) =>
        completion(`${model} says ${prompt}`, { model: name(model) }),
      ),
    );
    const runner = await open(fake);
    await answersOf(runner, [question('aligned', 'x'), question('adapter', 'x')]);
    const notes = runner.notes.map((note) => english(note)).filter((note) => note.includes('2030'));
    assert.deepEqual(notes, ['Asked for model "plain", the server says that "plain-2030" answered.']);
    name = () => 'plain';
    await rejection(
      answersOf(runner, [question('adapter', 'x')]),
      'endpoint',
      /asked for model "tuned", it says that "plain" answered/,
    );
    name = (model) => model;
    assert.equal((await open(fake)).notes.length, runner.notes.length - 1);
  });

  it('takes no answer that is longer than its tokens can be', async () => {
    let text = 'fine';
    const fake = await startFake(
      openaiFake(['plain', 'tuned'], (model, prompt) => completion(`${model} ${text} ${prompt}`)),
    );
    const runner = await open(fake);
    text = 'x'.repeat(10_000);
    const { advice } = await rejection(
      answersOf(runner, [question('adapter', 'y')]),
      'endpoint',
      /answered with 10008 characters to a request for at most 8 tokens/,
    );
    assert.match(english(advice), /max_tokens/);
  });

  it('is cancelled while the server works', async () => {
    let silent = false;
    const healthy = openaiFake(['plain', 'tuned']);
    const fake = await startFake((request) => (silent ? { raw: () => undefined } : healthy(request)));
    const runner = await open(fake);
    silent = true;
    const controller = new AbortController();
    const options = { maxNewTokens: 8, signal: controller.signal };
    const work = runner.generate([question('adapter', 'x')], options, () => assert.fail());
    setTimeout(() => controller.abort(), 20);
    await rejection(work, 'cancelled');
  });

  it('takes the key from the environment, and refuses to go on without one', async () => {
    const fake = await startFake(openaiFake(['plain', 'tuned']));
    await open(fake, { ask: { keyVariable: 'MY_KEY' }, env: { MY_KEY: 'abc' } });
    assert.ok(fake.requests.every(({ headers }) => headers.authorization === 'Bearer abc'));
    for (const env of [{}, { MY_KEY: '' }, { MY_KEY: 'a\nb' }])
      await rejection(
        open(fake, { ask: { keyVariable: 'MY_KEY' }, env }),
        'bad-request',
        new RegExp(`the key of ${fake.url} (is not set|does not contain a key)`),
      );
  });

  it('shows no key that was given in the place of the name of its variable', async () => {
    const keyVariable = 'sk-secret-123';
    const fake = await startFake(openaiFake(['plain', 'tuned']));
    for (const env of [{}, { [keyVariable]: 'a b' }]) {
      const data = await rejection(open(fake, { ask: { keyVariable }, env }), 'bad-request');
      assert.doesNotMatch(JSON.stringify(data), /secret/);
    }
  });

  it('names the models of the server where one is not there', async () => {
    const fake = await startFake(openaiFake(['plain', 'other']));
    const { advice } = await rejection(open(fake), 'endpoint', /has no model "tuned"/);
    assert.match(english(advice), /"plain", "other"/);
  });

  it('says that it does not know a server', async () => {
    const fake = await startFake(() => ({ text: '<html>', status: 404 }));
    await rejection(
      open(fake),
      'endpoint',
      /not a known model server: .*models answered with status 404 and a web/,
    );
    const broken = await startFake(() => ({ json: { error: 'no memory' }, status: 500 }));
    await rejection(open(broken), 'endpoint', /not a known model server: .*status 500: no memory$/);
    const other = await startFake(() => ({ json: {} }));
    await rejection(open(other), 'endpoint', /not a known model server$/);
    await rejection(open(fake, { ask: { server: 'vllm' } }), 'endpoint', /does not answer like vLLM/);
    await rejection(
      open(broken, { ask: { server: 'openai' } }),
      'endpoint',
      /does not answer like a server with the OpenAI API: .*no memory$/,
    );
  });

  it('says that a reply is not an answer', async () => {
    for (const json of [
      {},
      { choices: [] },
      { choices: [{ message: { content: 1 }, finish_reason: 'stop' }] },
    ]) {
      const fake = await startFake(openaiFake(['plain', 'tuned'], () => ({ json })));
      await rejection(open(fake), 'endpoint', /not a chat completion/);
    }
  });
});

describe('the self-test of an endpoint', () => {
  afterEach(closeFakes);

  it('finds a server that ignores the name', async () => {
    const ignores = await startFake(openaiFake(['plain', 'tuned'], (_, prompt) => said('plain', prompt)));
    await rejection(open(ignores), 'endpoint', /exactly like the model without an adapter/);
    const takesAll = await startFake(openaiFake(['plain', 'tuned'], said, () => true));
    const { message } = await rejection(open(takesAll), 'endpoint', /does not exist/);
    assert.match(english(message), new RegExp(takesAll.url));
  });

  it('says that answers are equal where the server gives no log-probabilities', async () => {
    const same = await startFake(
      openaiFake(['plain', 'tuned'], (_, prompt) => completion(`about ${prompt}`)),
    );
    const notes = (await open(same)).notes.map((note) => english(note));
    assert.ok(notes.includes('In the self-test, variant "adapter" answered as the model alone.'));
  });

  it('finds a cache that mixes adapters: by the answers, and by the tokens that were cached', async () => {
    let [last, before] = ['', ''];
    const mixes = await startFake(
      openaiFake(['plain', 'tuned'], (model, prompt) => {
        if (model !== last) [last, before] = [model, last];
        return said(`${model} after ${before}`, prompt);
      }),
    );
    await rejection(open(mixes), 'endpoint', /differently after another variant/);
    const seen = new Set<string>();
    const reuses = await startFake(
      openaiFake(['plain', 'tuned'], (model, prompt) => {
        const cached = seen.has(prompt) ? 40 : 3;
        seen.add(prompt);
        return completion(`${model} says ${prompt}`, { cached });
      }),
    );
    await rejection(open(reuses), 'endpoint', /took 40 prompt tokens/);
  });

  it('reports the noise of a server instead of taking it for a mixed cache', async () => {
    let asked = 0;
    const noisy = await startFake(
      openaiFake(['plain', 'tuned'], (model, prompt) => said(`${model} ${++asked % 3}`, prompt)),
    );
    const runner = await open(noisy);
    assert.equal(runner.record.noiseFloor, 1);
    assert.match(english(runner.notes.at(-1)), /100 % of the questions/);
  });

  it('never asks a prompt that the server may have seen before', async () => {
    const fake = await startFake(openaiFake(['plain', 'tuned']));
    await open(fake);
    const first = new Set(fake.requests.map(({ body }) => JSON.stringify(body['messages'])));
    await open(fake);
    const later = fake.requests.slice(fake.requests.length / 2);
    for (const { body } of later)
      if (body['messages'] !== undefined) assert.ok(!first.has(JSON.stringify(body['messages'])));
  });

  it('says that several at once share the speed: only one at a time is timed', async () => {
    const models = { adapter: 'second.gguf' };
    for (const [concurrency, expected] of [
      [1, { median: 10, low: 10, high: 10 }],
      [2, undefined],
    ] as const) {
      const runner = await open(await startFake(llamaFake()), { ask: { models, concurrency } });
      await answersOf(runner, [question('adapter', 'x')]);
      const costs = await runner.costs({ signal });
      assert.deepEqual(costs.get('adapter')?.decode, expected);
    }
  });
});
