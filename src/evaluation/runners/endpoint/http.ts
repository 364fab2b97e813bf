import * as http from 'node:http';
import * as https from 'node:https';

/** Of a body; most answers fit. */
const FIRST_BYTES = 16 * 1024;

/** Node's `fetch` gives up after 300 s without a byte, which a slow model may well need: these say how long instead. */
export interface HttpLimits {
  readonly connectMs: number;
  /** Without a byte, either way. */
  readonly silentMs: number;
  readonly totalMs: number;
  /** Of the body. */
  readonly bytes: number;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly limits: HttpLimits;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** `cut`: the connection closed before the end of the answer. */
export interface HttpProblem {
  readonly problem: 'refused' | 'unreachable' | 'cut' | 'slow' | 'too-large' | 'encoded' | 'cancelled';
  /** Of the operating system or of TLS. */
  readonly detail: string;
}

/**
 * One request on a connection of its own, which a server that closes idle ones cannot break. No redirect is followed, no
 * proxy used. Never rejects.
 */
export function send(request: HttpRequest): Promise<HttpAnswer | HttpProblem> {
  return new Promise((resolve) => {
    const { url, method, headers, body, limits, signal } = request;
    const start = url.protocol === 'https:' ? https.request : http.request;
    const outgoing = start(url, { method, headers, agent: false, signal });
    const end = (outcome: HttpAnswer | HttpProblem): void => {
      clearTimeout(total);
      clearTimeout(connecting);
      resolve(outcome);
      outgoing.destroy();
    };
    const fail = (problem: HttpProblem['problem'], detail = ''): void =>
      end({ problem: signal.aborted ? 'cancelled' : problem, detail });
    const slow = (): void => fail('slow');
    const total = setTimeout(slow, limits.totalMs);
    const connecting = setTimeout(() => fail('unreachable', 'ETIMEDOUT'), limits.connectMs);
    outgoing.setTimeout(limits.silentMs, slow);
    let connected = false;
    outgoing.once('socket', (socket) =>
      socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
        connected = true;
        clearTimeout(connecting);
      }),
    );
    outgoing.on('error', ({ code, message }: NodeJS.ErrnoException) => {
      const problem = code === 'ECONNREFUSED' ? 'refused' : connected ? 'cut' : 'unreachable';
      fail(problem, code ?? message);
    });
    outgoing.once('response', (response) => readBody(response, limits.bytes, end, fail));
    outgoing.end(body);
  });
}

function readBody(
  response: http.IncomingMessage,
  most: number,
  end: (answer: HttpAnswer) => void,
  fail: (problem: HttpProblem['problem'], detail?: string) => void,
): void {
  const { headers, statusCode: status = 0 } = response;
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') return fail('encoded');
  if (Number(headers['content-length'] ?? 0) > most) return fail('too-large');
  const body = new GrowingBuffer();
  response.on('data', (piece: Buffer) => {
    if (body.length + piece.length > most) fail('too-large');
    else body.append(piece);
  });
  response.once('error', () => fail('cut'));
  response.once('close', () => {
    if (!response.complete) return fail('cut');
    end({ status, headers, body: body.text() });
  });
}

/** One buffer, not a list of pieces: a server may send single bytes, each of which would cost a Buffer of its own. */
class GrowingBuffer {
  #bytes = Buffer.alloc(FIRST_BYTES);
  length = 0;

  append(piece: Buffer): void {
    const length = this.length + piece.length;
    if (length > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(length, 2 * this.#bytes.length));
      this.#bytes.copy(larger, 0, 0, this.length);
      this.#bytes = larger;
    }
    piece.copy(this.#bytes, this.length);
    this.length = length;
  }

  text(): string {
    return this.#bytes.toString('utf8', 0, this.length);
  }
}
