import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FakeRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Readonly<Record<string, unknown>>;
}

/** A JSON answer, a text, or whatever a handler does with the response itself. */
export type FakeAnswer =
  | { readonly status?: number; readonly json: unknown; readonly headers?: Record<string, string> }
  | { readonly status?: number; readonly text: string; readonly headers?: Record<string, string> }
  | { readonly raw: (response: ServerResponse) => void };

export type FakeHandler = (request: FakeRequest) => FakeAnswer;

export interface FakeServer {
  readonly url: string;
  readonly requests: readonly FakeRequest[];
  /** Most requests that waited for their answer at once. */
  readonly mostAtOnce: number;
  close(): Promise<void>;
}

const running = new Set<FakeServer>();

/** A server on this machine that answers as it is told to; ended after the test by `closeFakes`. */
export async function startFake(handler: FakeHandler, delayMs = 0): Promise<FakeServer> {
  const requests: FakeRequest[] = [];
  let [open, mostAtOnce] = [0, 0];
  const server = createServer((incoming, response) => {
    mostAtOnce = Math.max(mostAtOnce, ++open);
    let text = '';
    incoming.setEncoding('utf8').on('data', (piece: string) => (text += piece));
    incoming.once('end', () => {
      const body = (text === '' ? {} : JSON.parse(text)) as FakeRequest['body'];
      const { method = '', url = '', headers } = incoming;
      const request = { method, path: url, headers, body };
      requests.push(request);
      setTimeout(() => {
        open--;
        respond(response, handler(request));
      }, delayMs);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const fake: FakeServer = {
    url: `http://127.0.0.1:${port}`,
    requests,
    get mostAtOnce() {
      return mostAtOnce;
    },
    close: () =>
      new Promise((resolve) => {
        running.delete(fake);
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  running.add(fake);
  return fake;
}

export const closeFakes = async (): Promise<void> => {
  for (const fake of running) await fake.close();
};

function respond(response: ServerResponse, answer: FakeAnswer): void {
  if ('raw' in answer) return answer.raw(response);
  const { status = 200, headers = {} } = answer;
  response.writeHead(status, headers);
  response.end('json' in answer ? JSON.stringify(answer.json) : answer.text);
}

export const NOT_FOUND: FakeAnswer = { status: 404, json: { detail: 'Not Found' } };

/** An answer of the OpenAI API. `tokens` counts the end token. */
export function completion(text: string, more: Readonly<Record<string, unknown>> = {}): FakeAnswer {
  const { logprob, cached, ...rest } = more;
  const details = cached === undefined ? {} : { prompt_tokens_details: { cached_tokens: cached } };
  return {
    json: {
      choices: [
        {
          finish_reason: 'stop',
          message: { role: 'assistant', content: text },
          ...(logprob === undefined ? {} : { logprobs: { content: [{ logprob }] } }),
        },
      ],
      usage: { completion_tokens: text.split(' ').length + 1, prompt_tokens: 9, ...details },
      ...rest,
    },
  };
}

/** The last message of a request. */
export function promptOf({ body }: FakeRequest): string {
  const messages = body['messages'] as readonly { readonly content: string }[];
  return messages.at(-1)?.content ?? '';
}
