import assert from 'node:assert/strict';
import { endpointAddress } from '../../../../../src/evaluation/runners/endpoint/address';
import { EndpointClient, type ClientOptions } from '../../../../../src/evaluation/runners/endpoint/client';
import type { SploraError } from '../../../../../src/core/errors';
import { english } from '../../../../support/english';
import { rejection } from '../../../../support/rejection';
import { closeFakes, completion, startFake, type FakeAnswer, type FakeServer } from './fakeServer';

const KEY = 'sk-very-secret';
const PATH = 'v1/chat/completions';
const { signal } = new AbortController();

function clientOf({ url }: Pick<FakeServer, 'url'>, options: Partial<ClientOptions> = {}): EndpointClient {
  return new EndpointClient({ address: endpointAddress(url, undefined), pausesMs: [1, 1], ...options });
}

/** Answers in turn, the last one for ever. */
function inTurn(...answers: readonly FakeAnswer[]): () => FakeAnswer {
  let asked = 0;
  return () => answers[Math.min(asked++, answers.length - 1)] ?? { status: 404, text: '' };
}

describe('a client of an endpoint', () => {
  afterEach(closeFakes);

  const refusals: readonly (readonly [string, FakeAnswer, RegExp])[] = [
    [
      '500 with OpenAI’s error',
      { status: 500, json: { error: { message: 'no memory' } } },
      /status 500: no memory/,
    ],
    [
      'an error that is a text',
      { status: 404, json: { error: 'no such model' } },
      /status 404: no such model/,
    ],
    [
      'a message at the top',
      { status: 400, json: { object: 'error', message: 'too long' } },
      /400: too long/,
    ],
    ['FastAPI’s list', { status: 422, json: { detail: [{ msg: 'bad field' }] } }, /status 422: bad field/],
    ['a plain text', { status: 502, text: 'bad gateway' }, /status 502: bad gateway/],
    ['nothing', { status: 500, text: '' }, /status 500 and no text/],
    ['a web page', { status: 500, text: '<!doctype html><title>x' }, /status 500 and a web page/],
    ['a web page with 200', { text: '<html></html>' }, /status 200 and a web page/],
    ['a stream', { text: 'data: {"choices":[]}\n\n' }, /an unrequested stream/],
    ['half of a JSON', { text: '{"choices": [' }, /something that is not JSON/],
    ['a hostile text', { status: 400, text: `\u202e${'x'.repeat(9999)}` }, /^.{0,420}$/],
  ];
  for (const [title, answer, pattern] of refusals) {
    it(`says where and what came: ${title}`, async () => {
      const fake = await startFake(() => answer);
      const data = await rejection(clientOf(fake).generate(PATH, {}, signal), 'endpoint', pattern);
      assert.match(english(data.message), new RegExp('127.0.0.1:\\d+/v1/chat'));
      const status = 'status' in answer ? (answer.status ?? 200) : 200;
      assert.equal(fake.requests.length, status >= 500 ? 3 : 1);
    });
  }

  it('says that a key is missing, or that the one it sent is refused', async () => {
    for (const status of [401, 403]) {
      const fake = await startFake(() => ({ status, json: { error: `not ${KEY}` } }));
      const refusal = (key?: string) =>
        rejection(
          clientOf(fake, key === undefined ? {} : { key }).generate(PATH, {}, signal),
          'endpoint-key',
          key === undefined ? /requires a key/ : /refuses the key/,
        );
      await refusal();
      assert.doesNotMatch(english((await refusal(KEY)).message), /secret/);
    }
  });

  it('says that the server broke off: half an answer, and none', async () => {
    const half = await startFake(() => ({
      raw: (response) => {
        response.writeHead(200, { 'content-length': '1000' });
        response.write('{"choices": [', () => response.destroy());
      },
    }));
    await rejection(clientOf(half).generate(PATH, {}, signal), 'endpoint', /connection closed/);
    const chunked = await startFake(() => ({
      raw: (response) => void response.write('{}', () => response.destroy()),
    }));
    await rejection(clientOf(chunked).generate(PATH, {}, signal), 'endpoint', /connection closed/);
    const none = await startFake(() => ({ raw: (response) => response.destroy() }));
    await rejection(clientOf(none).generate(PATH, {}, signal), 'endpoint', /connection closed/);
  });

  it('stops reading an answer that is too large, announced or not', async () => {
    const announced = await startFake(() => ({
      raw: (response) => {
        response.writeHead(200, { 'content-length': String(10 * 2 ** 30) });
        response.write('{');
      },
    }));
    await rejection(clientOf(announced).generate(PATH, {}, signal), 'endpoint', /more than 32 MiB/);
    let sent = 0;
    const endless = await startFake(() => ({
      raw: (response) => {
        const more = (): void => {
          if (response.destroyed) return;
          sent += 2 ** 20;
          response.write(Buffer.alloc(2 ** 20, 32), more);
        };
        more();
      },
    }));
    await rejection(
      clientOf(endless, { limits: { bytes: 2 ** 22 } }).generate(PATH, {}, signal),
      'endpoint',
      /more than 4 MiB/,
    );
    assert.ok(sent < 2 ** 26, `${sent} bytes were taken`);
  });

  it('gives up on a server that says nothing, and on one that never ends', async () => {
    const silent = await startFake(() => ({ raw: () => undefined }));
    await rejection(
      clientOf(silent, { limits: { silentMs: 50 } }).generate(PATH, {}, signal),
      'endpoint',
      /did not finish/,
    );
    const dripping = await startFake(() => ({
      raw: (response) => {
        const timer = setInterval(() => response.write(' '), 10);
        response.once('close', () => clearInterval(timer));
      },
    }));
    await rejection(
      clientOf(dripping, { limits: { totalMs: 100 } }).generate(PATH, {}, signal),
      'endpoint',
      /did not finish/,
    );
  });

  it('follows no redirect, so that nothing goes to a server that was not named', async () => {
    const other = await startFake(() => completion('stolen'));
    const fake = await startFake(() => ({
      status: 307,
      text: '',
      headers: { location: `${other.url}/v1/chat/completions` },
    }));
    await rejection(clientOf(fake, { key: KEY }).generate(PATH, {}, signal), 'endpoint', /redirects to/);
    assert.deepEqual(other.requests, []);
  });

  it('tries again after 429 and 503, and while nothing listens', async () => {
    const busy = await startFake(
      inTurn({ status: 429, text: '' }, { status: 503, json: { error: 'Loading model' } }, completion('yes')),
    );
    assert.ok(await clientOf(busy).generate(PATH, {}, signal));
    assert.equal(busy.requests.length, 3);
    const gone = await startFake(() => completion('yes'));
    await gone.close();
    await rejection(clientOf(gone).generate(PATH, {}, signal), 'endpoint', /No server answers/);
    const late = await startFake(
      inTurn({ status: 503, text: '', headers: { 'retry-after': '0.2' } }, completion('')),
    );
    const start = performance.now();
    await clientOf(late).generate(PATH, {}, signal);
    assert.ok(performance.now() - start >= 199);
  });

  it('asks a model again after a server broke down, unless it would again', async () => {
    const broken: readonly FakeAnswer[] = [500, 502, 504].map((status) => ({ status, text: '' }));
    const cut: FakeAnswer = { raw: (response) => response.destroy() };
    for (const answer of [...broken, cut]) {
      const fake = await startFake(inTurn(answer, completion('yes')));
      assert.ok(await clientOf(fake).generate(PATH, {}, signal));
      assert.equal(fake.requests.length, 2);
    }
    const always = await startFake(() => ({ status: 500, json: { error: 'no text' } }));
    const isFinal = ({ data }: SploraError) => english(data.message).includes('no text');
    await rejection(clientOf(always).generate(PATH, {}, signal, { isFinal }), 'endpoint', /no text/);
    assert.equal(always.requests.length, 1);
  });

  it('waits for no server that asks for a long pause, and says how long', async () => {
    const fake = await startFake(() => ({ status: 429, text: '', headers: { 'retry-after': '999999' } }));
    await rejection(clientOf(fake).generate(PATH, {}, signal), 'endpoint', /429 and asks to wait 999999 s/);
    assert.equal(fake.requests.length, 1);
  });

  it('reads no more than the new tokens that it asked for can be', async () => {
    const fake = await startFake(() => completion('x'.repeat(2 ** 21)));
    assert.ok(await clientOf(fake).generate(PATH, {}, signal, { maxNewTokens: 1000 }));
    const work = clientOf(fake).generate(PATH, {}, signal, { maxNewTokens: 64 });
    const { advice } = await rejection(work, 'endpoint', /more than 1 MiB/);
    assert.match(english(advice), /max_tokens/);
  });

  it('sends the key in the header, and shows it nowhere', async () => {
    const fake = await startFake(({ headers }) => ({
      status: 400,
      json: { error: { message: `bad key ${headers.authorization ?? ''}` } },
    }));
    const data = await rejection(
      clientOf(fake, { key: KEY }).generate(PATH, {}, signal),
      'endpoint',
      /\*\*\*/,
    );
    assert.doesNotMatch(JSON.stringify(data), /very-secret/);
    assert.equal(fake.requests[0]?.headers.authorization, `Bearer ${KEY}`);
  });

  it('says why a server cannot be reached', async () => {
    const { url } = await startFake(() => completion('yes'));
    const noTls = clientOf({ url: url.replace('http:', 'https:') });
    await rejection(noTls.generate(PATH, {}, signal), 'endpoint', /cannot be reached \(E\w+\)/);
  });

  it('takes no encoding that it did not ask for', async () => {
    const fake = await startFake(() => ({ text: 'x', headers: { 'content-encoding': 'gzip' } }));
    await rejection(clientOf(fake).generate(PATH, {}, signal), 'endpoint', /compressed/);
  });

  it('is cancelled at once, while it waits for an answer and between two tries', async () => {
    const silent = await startFake(() => ({ raw: () => undefined }));
    const busy = await startFake(() => ({ status: 503, text: '' }));
    for (const [fake, pausesMs] of [
      [silent, []],
      [busy, [60_000]],
    ] as const) {
      const controller = new AbortController();
      const work = clientOf(fake, { pausesMs }).generate(PATH, {}, controller.signal);
      setTimeout(() => controller.abort(), 50);
      await rejection(work, 'cancelled');
    }
  });
});
