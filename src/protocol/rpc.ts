import { cancelled, SploraError, toErrorData, type ErrorData } from '../core/errors';
import { verbatim } from '../core/message';

/** One side of a message channel: a child process, a parent process, or a test's pair of queues. */
export interface Port {
  post(message: RpcMessage): void;
  onMessage(listener: (message: RpcMessage) => void): void;
  /** The other side is gone; nothing will be answered any more. */
  onClose(listener: (error: ErrorData) => void): void;
}

/** Everything that crosses the boundary. Errors cross as data, so that they arrive whole. */
export type RpcMessage =
  | { readonly type: 'call'; readonly id: number; readonly method: string; readonly params: unknown }
  | { readonly type: 'cancel'; readonly id: number }
  | { readonly type: 'event'; readonly id: number; readonly event: unknown }
  | { readonly type: 'result'; readonly id: number; readonly value: unknown }
  | { readonly type: 'error'; readonly id: number; readonly error: ErrorData };

interface AnyMethod {
  readonly params: unknown;
  readonly event: unknown;
  readonly result: unknown;
}
type AnyApi<Api> = { readonly [M in keyof Api]: AnyMethod };

export interface CallOptions<Event> {
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: Event) => void;
}

/** What a handler is given beside its parameters. */
export interface CallContext<Event> {
  readonly signal: AbortSignal;
  readonly emit: (event: Event) => void;
}

export type Handlers<Api extends AnyApi<Api>> = {
  readonly [M in keyof Api]: (
    params: Api[M]['params'],
    context: CallContext<Api[M]['event']>,
  ) => Promise<Api[M]['result']>;
};

interface Pending {
  resolve(value: unknown): void;
  reject(error: SploraError): void;
  onEvent(event: unknown): void;
}

/** The calling side. A call ends exactly once: by result, error (`cancelled` is one) or the closing of the channel. */
export class RpcClient<Api extends AnyApi<Api>> {
  private readonly pending = new Map<number, Pending>();
  private nextId = 1;
  private closed: ErrorData | undefined;

  constructor(private readonly port: Port) {
    port.onMessage((message) => {
      this.receive(message);
    });
    port.onClose((error) => {
      this.close(error);
    });
  }

  call<M extends keyof Api & string>(
    method: M,
    params: Api[M]['params'],
    options: CallOptions<Api[M]['event']> = {},
  ): Promise<Api[M]['result']> {
    const { signal, onEvent } = options;
    if (this.closed !== undefined) return Promise.reject(new SploraError(this.closed));
    if (signal?.aborted === true) return Promise.reject(cancelled());
    const id = this.nextId++;
    return new Promise<Api[M]['result']>((resolve, reject) => {
      // The call ends when the other side answers, so that `cancelled` means: it has stopped and cleaned up.
      const abort = (): void => {
        this.port.post({ type: 'cancel', id });
      };
      signal?.addEventListener('abort', abort, { once: true });
      const done = (): void => signal?.removeEventListener('abort', abort);
      this.pending.set(id, {
        resolve: (value) => {
          done();
          resolve(value);
        },
        reject: (error) => {
          done();
          reject(error);
        },
        onEvent: (event) => onEvent?.(event),
      });
      this.port.post({ type: 'call', id, method, params });
    });
  }

  /** Rejects all that is pending, and every later call. */
  close(error: ErrorData): void {
    this.closed ??= error;
    for (const id of [...this.pending.keys()]) this.settle(id)?.reject(new SploraError(this.closed));
  }

  private receive(message: RpcMessage): void {
    if (message.type === 'event') this.pending.get(message.id)?.onEvent(message.event);
    else if (message.type === 'result') this.settle(message.id)?.resolve(message.value);
    else if (message.type === 'error') this.settle(message.id)?.reject(new SploraError(message.error));
  }

  private settle(id: number): Pending | undefined {
    const pending = this.pending.get(id);
    this.pending.delete(id);
    return pending;
  }
}

/** The answering side: every call is answered, also when its handler throws. */
export function serve<Api extends AnyApi<Api>>(port: Port, handlers: Handlers<Api>): void {
  const running = new Map<number, AbortController>();
  const answer = async (id: number, method: string, params: unknown): Promise<void> => {
    const controller = new AbortController();
    running.set(id, controller);
    try {
      if (!Object.hasOwn(handlers, method)) {
        throw new SploraError({
          code: 'internal',
          message: verbatim(`The engine knows no method ${JSON.stringify(method)}.`),
        });
      }
      const handler = handlers[method as keyof Api];
      const emit = (event: unknown): void => {
        if (!controller.signal.aborted) port.post({ type: 'event', id, event });
      };
      const value = await handler(params, { signal: controller.signal, emit });
      port.post({ type: 'result', id, value });
    } catch (thrown) {
      port.post({
        type: 'error',
        id,
        error: controller.signal.aborted ? cancelled().data : toErrorData(thrown),
      });
    } finally {
      running.delete(id);
    }
  };
  port.onMessage((message) => {
    if (message.type === 'call') void answer(message.id, message.method, message.params);
    else if (message.type === 'cancel') running.get(message.id)?.abort();
  });
  port.onClose(() => {
    for (const controller of running.values()) controller.abort();
  });
}
