import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { SploraError, type ErrorData } from '../../../src/core/errors';
import { Client, serve, type Handlers, type Port, type RpcMessage } from '../../../src/rpc/channel';
import { say } from '../../../src/core/message';

interface Api {
  double(value: number, emit: (event: { at: number }) => void): Promise<number>;
  wait(request: null): Promise<string>;
  fail(code: string): Promise<never>;
}

/** Two ports joined by queues that copy what crosses, as a process boundary does. */
function channel(): { client: Port; server: Port; close: (error: ErrorData) => void } {
  const closers: ((error: ErrorData) => void)[] = [];
  const listeners: Record<'client' | 'server', ((message: RpcMessage) => void)[]> = {
    client: [],
    server: [],
  };
  const port = (self: 'client' | 'server', other: 'client' | 'server'): Port => ({
    post: (message) => {
      const copy = structuredClone(message);
      queueMicrotask(() => {
        for (const listener of listeners[other]) listener(copy);
      });
    },
    onMessage: (listener) => listeners[self].push(listener),
    onClose: (listener) => closers.push(listener),
  });
  return {
    client: port('client', 'server'),
    server: port('server', 'client'),
    close: (error) => {
      for (const closer of closers) closer(error);
    },
  };
}

const handlers: Handlers<Api> = {
  double: (value, { emit }) => {
    emit({ at: value });
    return Promise.resolve(value * 2);
  },
  wait: (_, { signal }) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        reject(new Error('stopped'));
      });
    }),
  fail: (code) =>
    Promise.reject(
      code === 'typed'
        ? new SploraError({
            code: 'bad-config',
            message: say('No.'),
            file: '/a',
            tensor: 't',
            advice: say('Do.'),
          })
        : new TypeError('a bug'),
    ),
};

function connect(): { rpc: Client<Api>; close: (error: ErrorData) => void } {
  const { client, server, close } = channel();
  serve<Api>(server, handlers);
  return { rpc: new Client<Api>(client), close };
}

const rejectsWith = (promise: Promise<unknown>, code: string): Promise<void> =>
  assert.rejects(promise, (error) => error instanceof SploraError && error.data.code === code);

describe('rpc channel', () => {
  it('carries a call, its events and its result', async () => {
    const events: unknown[] = [];
    const result = await connect().rpc.call('double', 21, { onEvent: (event) => events.push(event) });
    assert.equal(result, 42);
    assert.deepEqual(events, [{ at: 21 }]);
  });

  it('carries an error whole, and names a bug as a bug', async () => {
    const { rpc } = connect();
    await assert.rejects(rpc.call('fail', 'typed'), (error) => {
      assert.ok(error instanceof SploraError);
      assert.deepEqual(error.data, {
        code: 'bad-config',
        message: say('No.'),
        file: '/a',
        tensor: 't',
        advice: say('Do.'),
      });
      return true;
    });
    await rejectsWith(rpc.call('fail', 'untyped'), 'internal');
  });

  it('ends a cancelled call when the other side has stopped', async () => {
    const controller = new AbortController();
    const call = connect().rpc.call('wait', null, { signal: controller.signal });
    await setImmediate();
    controller.abort();
    await rejectsWith(call, 'cancelled');
    await rejectsWith(connect().rpc.call('wait', null, { signal: AbortSignal.abort() }), 'cancelled');
  });

  it('rejects what is pending and what comes later when the channel closes', async () => {
    const { rpc, close } = connect();
    const pending = rpc.call('wait', null);
    close({ code: 'process-crashed', message: say('gone') });
    await rejectsWith(pending, 'process-crashed');
    await rejectsWith(rpc.call('double', 1), 'process-crashed');
  });

  it('answers an unknown method', async () => {
    const { rpc } = connect();
    const loose = rpc as unknown as Client<{ toString(request: null): Promise<null> }>;
    await rejectsWith(loose.call('toString', null), 'internal');
  });
});
