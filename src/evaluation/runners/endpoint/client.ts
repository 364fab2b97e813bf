import { setTimeout as delay } from 'node:timers/promises';
import { cancelled, failure, SploraError, type ErrorData } from '../../../core/errors';
import { say, verbatim, type Message } from '../../../core/message';
import { KEY_ADVICE, type EndpointUrl } from '../../../core/endpointUrl';
import { send, type HttpAnswer, type HttpLimits, type HttpProblem } from './http';
import { errorText, parsed, shownText } from './serverText';

/** An answer of some thousand tokens with log-probabilities has less than one. */
const ANSWER_BYTES_MAX = 32 * 1024 * 1024;
const MIB = 1024 * 1024;

/** For questions about the server itself. */
const ASKING: HttpLimits = {
  connectMs: 10_000,
  silentMs: 30_000,
  totalMs: 30_000,
  bytes: ANSWER_BYTES_MAX,
};
/** For answers of a model: nothing comes before the last token is made. */
const ANSWERING: HttpLimits = {
  connectMs: 10_000,
  silentMs: 20 * 60_000,
  totalMs: 30 * 60_000,
  bytes: ANSWER_BYTES_MAX,
};
/** Before each further try; a server that is not there, or has no room, may be starting. */
const PAUSES_MS = [500, 1000, 2000, 4000, 8000];
/** A server that asks for a longer one is not waited for. */
const PAUSE_MAX_MS = 120_000;

/** Of a body per new token: text with each character escaped, a thought beside it, and log-probabilities. */
const TOKEN_BYTES_MAX = 4096;
/** Of a body that has no text. */
const SLACK_BYTES = MIB;

type Outcome = HttpAnswer | HttpProblem;

export interface GenerateOptions {
  /** What the request allows; absent: it asks for no new text. */
  readonly maxNewTokens?: number;
  /** Whether a refusal stays the same however often it is asked for. */
  readonly isFinal?: (refusal: SploraError) => boolean;
}

export interface ClientOptions {
  readonly address: EndpointUrl;
  readonly key?: string;
  /** For tests, which cannot wait as long. */
  readonly limits?: Partial<HttpLimits>;
  readonly pausesMs?: readonly number[];
}

/** A status and the body; `json` is undefined if the body is not JSON. */
export interface Reply {
  readonly status: number;
  readonly json: unknown;
  readonly body: string;
  /** The header `Server`. */
  readonly software: string;
}

/** One server: what is sent to it, and what its refusals are called. The key is in the header only, never in a text. */
export class EndpointClient {
  readonly address: EndpointUrl;
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.address = options.address;
    this.#options = options;
  }

  /** Whatever the status is. @throws SploraError 'endpoint' where no whole answer comes, or a redirect; 'cancelled' */
  async ask(path: string, signal: AbortSignal, body?: object): Promise<Reply> {
    return this.#send(path, signal, body, ASKING, isBusy);
  }

  /**
   * Posts to a model and gives the JSON of its answer. A server that breaks down may be back soon: it is asked again.
   * @throws SploraError 'endpoint' for any other status too
   */
  async generate(
    path: string,
    body: object,
    signal: AbortSignal,
    { maxNewTokens, isFinal = () => false }: GenerateOptions = {},
  ): Promise<unknown> {
    const bytes =
      maxNewTokens === undefined
        ? ANSWER_BYTES_MAX
        : Math.min(ANSWER_BYTES_MAX, SLACK_BYTES + maxNewTokens * TOKEN_BYTES_MAX);
    const isPassing = (outcome: Outcome): boolean =>
      isBusy(outcome) ||
      (isBroken(outcome) && !('status' in outcome && isFinal(this.refusal(path, outcome))));
    const reply = await this.#send(path, signal, body, { ...ANSWERING, bytes }, isPassing);
    if (reply.status !== 200) throw this.refusal(path, reply);
    if (reply.json === undefined) throw this.#noJson(path, reply.body);
    return reply.json;
  }

  /** What a status other than 200 means. */
  refusal(path: string, { status, body }: Pick<Reply, 'status' | 'body'>): SploraError {
    if (status === 401 || status === 403) return this.#keyRefusal(path, status);
    if (looksLikeHtml(body)) return this.#noJson(path, body, status);
    const text = shownText(errorText(body), this.#options.key);
    return this.failure(
      text === ''
        ? say('{0} answered with status {1} and no text', this.#at(path), status)
        : say('{0} answered with status {1}: {2}', this.#at(path), status, text),
      status >= 500 ? say("Check the server's log.") : undefined,
    );
  }

  #keyRefusal(path: string, status: number): SploraError {
    const message =
      this.#options.key === undefined
        ? say('{0} requires a key (status {1})', this.#at(path), status)
        : say('{0} refuses the key (status {1})', this.#at(path), status);
    return failure('endpoint-key', message, undefined, KEY_ADVICE);
  }

  failure(message: Message, advice?: Message): SploraError {
    const data: ErrorData = { code: 'endpoint', message, ...(advice === undefined ? {} : { advice }) };
    return new SploraError(data);
  }

  /** A text of the server for a message. */
  shown(text: string): string {
    return shownText(text, this.#options.key);
  }

  async #send(
    path: string,
    signal: AbortSignal,
    body: object | undefined,
    limits: HttpLimits,
    isPassing: (outcome: Outcome) => boolean,
  ): Promise<Reply> {
    const { pausesMs = PAUSES_MS } = this.#options;
    for (let tries = 0; ; tries++) {
      const outcome = await this.#once(path, signal, body, { ...limits, ...this.#options.limits });
      const pause = pausesMs[tries];
      if (pause === undefined || !isPassing(outcome)) return this.#understood(path, outcome, limits);
      const wanted = 'status' in outcome ? retryAfterMs(outcome) : 0;
      if ('status' in outcome && wanted > PAUSE_MAX_MS) throw this.#tooLate(path, outcome.status, wanted);
      await this.#pause(Math.max(pause, wanted), signal);
    }
  }

  #once(path: string, signal: AbortSignal, body: object | undefined, limits: HttpLimits) {
    const { key } = this.#options;
    const text = body === undefined ? undefined : JSON.stringify(body);
    return send({
      method: text === undefined ? 'GET' : 'POST',
      url: new URL(path, this.address.base),
      headers: {
        accept: 'application/json',
        ...(text === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) }),
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      },
      ...(text === undefined ? {} : { body: text }),
      limits,
      signal,
    });
  }

  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    try {
      await delay(ms, undefined, { signal });
    } catch (thrown) {
      throw signal.aborted ? cancelled({ cause: thrown }) : thrown;
    }
  }

  #tooLate(path: string, status: number, ms: number): SploraError {
    return this.failure(
      say(
        '{0} answered with status {1} and asks to wait {2} s before the next request',
        this.#at(path),
        status,
        Math.round(ms / 1000),
      ),
      say('Try again later, or send fewer requests at once.'),
    );
  }

  #understood(path: string, outcome: Outcome, limits: HttpLimits): Reply {
    if ('problem' in outcome) throw this.#problem(path, outcome, limits);
    const { status, headers, body } = outcome;
    if (status >= 300 && status < 400) {
      throw this.failure(
        say('{0} redirects to {1}', this.#at(path), this.shown(headers.location ?? '')),
        say(
          'Redirects are not followed, so that prompts go only to the server that was named. If that address is correct, use it.',
        ),
      );
    }
    return { status, body, json: parsed(body), software: headers['server']?.toString() ?? '' };
  }

  #problem(path: string, { problem, detail }: HttpProblem, limits: HttpLimits): SploraError {
    const at = this.#at(path);
    const { totalMs = limits.totalMs, bytes = limits.bytes } = this.#options.limits ?? {};
    switch (problem) {
      case 'cancelled':
        return cancelled();
      case 'refused':
        return this.failure(say('No server answers at {0}', this.address.origin), START_ADVICE);
      case 'unreachable':
        return this.failure(
          say('{0} cannot be reached ({1})', this.address.origin, this.shown(detail)),
          START_ADVICE,
        );
      case 'cut':
        return this.failure(
          say('The connection closed before the answer of {0} was complete', at),
          say('The server may have crashed: check its log.'),
        );
      case 'slow':
        return this.failure(
          say('{0} did not finish its answer within {1} s', at, Math.round(totalMs / 1000)),
          say('Lower the number of new tokens, or of requests at once.'),
        );
      case 'too-large':
        return this.failure(
          say('{0} answered with more than {1} MiB', at, Math.round(bytes / MIB)),
          limits.bytes < ANSWER_BYTES_MAX ? IGNORES_LIMIT : NO_MODEL_SERVER,
        );
      case 'encoded':
        return this.failure(
          say('{0} answered with a compressed body that was not requested', at),
          NO_MODEL_SERVER,
        );
    }
  }

  #noJson(path: string, body: string, status = 200): SploraError {
    const what = looksLikeHtml(body)
      ? say('a web page')
      : body.startsWith('data:')
        ? say('an unrequested stream')
        : // Not the text: it may be half an answer to a harmful prompt.
          say('something that is not JSON');
    return this.failure(
      say('{0} answered with status {1} and {2}', this.#at(path), status, what),
      NO_MODEL_SERVER,
    );
  }

  #at(path: string): Message {
    return verbatim(new URL(path, this.address.base).href);
  }
}

/** Of an answer that is far longer than its tokens allow. */
export const IGNORES_LIMIT = say(
  'The server does not keep to max_tokens. Use another server or version, or correct its settings.',
);
const START_ADVICE = say('Start the server, or correct its address.');
const NO_MODEL_SERVER = say('Check that the address is that of a model server, not of a proxy or a website.');

const looksLikeHtml = (body: string): boolean =>
  /^\s*<(?:!doctype|html|head|body|\?xml)/i.test(body.slice(0, 200));

/** Whether another try may do: too many requests, no room yet, not there yet. */
function isBusy(outcome: Outcome): boolean {
  return 'status' in outcome
    ? outcome.status === 429 || outcome.status === 503
    : outcome.problem === 'refused';
}

/** Whether the server, or what is between, failed in the middle of its work. */
function isBroken(outcome: Outcome): boolean {
  return 'status' in outcome ? [500, 502, 504].includes(outcome.status) : outcome.problem === 'cut';
}

/** Seconds only: dates are rare, and clocks differ. */
function retryAfterMs({ headers }: HttpAnswer): number {
  const seconds = Number(headers['retry-after'] ?? 0);
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds * 1000, 0), Number.MAX_SAFE_INTEGER) : 0;
}
