import { cancelled, SploraError, toErrorData, type ErrorData } from '../core/errors';
import { say } from '../core/message';

/** One side of a message channel between two processes or threads. */
export interface Port {
  post(message: RpcMessage, transfer?: readonly ArrayBuffer[]): void;
  onMessage(listener: (message: RpcMessage) => void): void;
  /** The other side is gone: it answers nothing anymore. */
  onClose(listener: (error: ErrorData) => void): void;
}

export type RpcMessage =
  | { readonly type: 'call'; readonly id: number; readonly method: string; readonly request: unknown }
  | { readonly type: 'cancel'; readonly id: number }
  /** The answer to a cancel: what the call does is being stopped. */
  | { readonly type: 'cancelling'; readonly id: number }
  /** Asks whether the other side hears; it answers with `pong`. */
  | { readonly type: 'ping'; readonly id: number }
  | { readonly type: 'pong'; readonly id: number }
  | { readonly type: 'event'; readonly id: number; readonly event: unknown }
  | { readonly type: 'result'; readonly id: number; readonly value: unknown }
  | { readonly type: 'error'; readonly id: number; readonly error: ErrorData };

type AnyCall = (request: never, emit: never) => Promise<unknown>;

/** An interface of calls: `name(request: R, emit: (event: E) => void): Promise<Result>`, without `emit` if it has no events. */
export type AnyApi<Api> = { readonly [M in keyof Api]: AnyCall };

type RequestOf<Call extends AnyCall> = Parameters<Call>[0];
type EventOf<Call extends AnyCall> =
  Parameters<Call> extends readonly [unknown, (event: infer Event) => void] ? Event : never;
/** What a call answers. */
export type ResultOf<Call extends AnyCall> = Call extends (...args: never) => Promise<infer Result>
  ? Result
  : never;

export interface CallOptions<Event> {
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: Event) => void;
}

/** Rejects with `SploraError`: the handler's error, `cancelled`, or why the channel closed. `More`: further options. */
export type Call<Api extends AnyApi<Api>, More = unknown> = <M extends keyof Api & string>(
  method: M,
  request: RequestOf<Api[M]>,
  options?: CallOptions<EventOf<Api[M]>> & More,
) => Promise<ResultOf<Api[M]>>;

export interface CallContext<Event> {
  readonly signal: AbortSignal;
  readonly emit: (event: Event) => void;
}

export type Handlers<Api extends AnyApi<Api>> = {
  readonly [M in keyof Api]: (
    request: RequestOf<Api[M]>,
    context: CallContext<EventOf<Api[M]>>,
  ) => Promise<ResultOf<Api[M]>>;
};

const transfers = new WeakMap<object, readonly ArrayBuffer[]>();

/** Marks buffers of a request or result that a thread gets without a copy. The sender must not use them afterwards. */
export function transfer<T extends object>(value: T, buffers: readonly ArrayBuffer[]): T {
  transfers.set(value, buffers);
  return value;
}

function transferOf(value: unknown): readonly ArrayBuffer[] | undefined {
  return typeof value === 'object' && value !== null ? transfers.get(value) : undefined;
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: SploraError): void;
  onEvent(event: unknown): void;
  onCancelling(): void;
}

interface HearsCancel {
  /** The other side has heard of the cancel, and is stopping. */
  readonly onCancelling?: () => void;
}

/** The calling side. Every call settles exactly once. */
export class Client<Api extends AnyApi<Api>> {
  private readonly pending = new Map<number, Pending>();
  private nextId = 1;
  private closed: ErrorData | undefined;

  constructor(private readonly port: Port) {
    port.onMessage((message) => this.receive(message));
    port.onClose((error) => {
      this.closed ??= error;
      for (const id of [...this.pending.keys()]) this.settle(id)?.reject(new SploraError(this.closed));
    });
  }

  readonly call: Call<Api, HearsCancel> = async (method, request, options = {}) => {
    const { signal, onEvent, onCancelling } = options;
    if (this.closed !== undefined) throw new SploraError(this.closed);
    if (signal?.aborted === true) throw cancelled();
    const id = this.nextId++;
    // The call is pending until the other side answers: after `cancelled` it has stopped and cleaned up.
    const cancel = (): void => this.port.post({ type: 'cancel', id });
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      return await new Promise((resolve, reject) => {
        this.pending.set(id, {
          ...{ resolve, reject, onCancelling: () => onCancelling?.() },
          onEvent: (event) => onEvent?.(event as never),
        });
        this.port.post({ type: 'call', id, method, request }, transferOf(request));
      });
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  };

  /** Resolves when the other side hears, or is gone. */
  async ping(): Promise<void> {
    if (this.closed !== undefined) return;
    const id = this.nextId++;
    await new Promise<void>((resolve) => {
      const done = (): void => resolve();
      this.pending.set(id, { resolve: done, reject: done, onEvent: done, onCancelling: done });
      this.port.post({ type: 'ping', id });
    });
  }

  private receive(message: RpcMessage): void {
    if (message.type === 'event') this.pending.get(message.id)?.onEvent(message.event);
    else if (message.type === 'cancelling') this.pending.get(message.id)?.onCancelling();
    else if (message.type === 'pong') this.settle(message.id)?.resolve(undefined);
    else if (message.type === 'result') this.settle(message.id)?.resolve(message.value);
    else if (message.type === 'error') this.settle(message.id)?.reject(new SploraError(message.error));
  }

  private settle(id: number): Pending | undefined {
    const pending = this.pending.get(id);
    this.pending.delete(id);
    return pending;
  }
}

/** The answering side: every call gets an answer, even if its handler throws. */
export function serve<Api extends AnyApi<Api>>(port: Port, handlers: Handlers<Api>): void {
  const running = new Map<number, AbortController>();
  const answer = async (id: number, method: string, request: unknown): Promise<void> => {
    const controller = new AbortController();
    const { signal } = controller;
    running.set(id, controller);
    try {
      if (!Object.hasOwn(handlers, method)) {
        throw new SploraError({
          code: 'internal',
          message: say('Unknown method {0}.', JSON.stringify(method)),
        });
      }
      const emit = (event: unknown): void => {
        if (!signal.aborted) port.post({ type: 'event', id, event });
      };
      const value = await handlers[method as keyof Api](request as never, { signal, emit });
      port.post({ type: 'result', id, value }, transferOf(value));
    } catch (thrown) {
      const error = signal.aborted ? cancelled().data : toErrorData(thrown);
      port.post({ type: 'error', id, error });
    } finally {
      running.delete(id);
    }
  };
  port.onMessage((message) => {
    if (message.type === 'call') void answer(message.id, message.method, message.request);
    else if (message.type === 'ping') port.post({ type: 'pong', id: message.id });
    else if (message.type === 'cancel' && running.has(message.id)) {
      port.post({ type: 'cancelling', id: message.id });
      running.get(message.id)?.abort();
    }
  });
  port.onClose(() => {
    for (const controller of running.values()) controller.abort();
  });
}
