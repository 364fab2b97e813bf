import { serveParent } from '../../src/rpc/serveParent';

/** What the process of test/unit/rpc/process.test.ts answers. */
export interface ChildApi {
  echo(text: string): Promise<string>;
  environment(name: string): Promise<string | null>;
  /** Runs until it is cancelled; says when it has begun. */
  wait(request: null, emit: (event: 'begun') => void): Promise<never>;
  /** Cleans up for so many ms after it was cancelled; says when it has begun. */
  tidy(ms: number, emit: (event: 'begun') => void): Promise<never>;
  /** Blocks the main thread: no message gets through. */
  hang(request: null, emit: (event: 'begun') => void): Promise<never>;
  /** Hears a cancel, and then blocks the main thread. */
  load(request: null, emit: (event: 'begun') => void): Promise<never>;
  crash(request: null): Promise<never>;
  fail(message: string): Promise<never>;
  /** One at a time. */
  heavy(ms: number, emit: (event: 'begun') => void): Promise<number>;
}

serveParent<ChildApi>({
  echo: (text) => Promise.resolve(text),
  environment: (name) => Promise.resolve(process.env[name] ?? null),
  wait: (_, { signal, emit }) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(new Error('stopped')));
      emit('begun');
    }),
  tidy: (ms, { signal, emit }) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => setTimeout(() => reject(new Error('tidied')), ms));
      emit('begun');
    }),
  hang: async (_, { emit }) => {
    emit('begun');
    await new Promise((resolve) => setTimeout(resolve, 50));
    for (;;);
  },
  load: (_, { signal, emit }) =>
    new Promise(() => {
      signal.addEventListener('abort', () => {
        setImmediate(() => {
          for (;;);
        });
      });
      emit('begun');
    }),
  crash: () => {
    process.stderr.write('last words');
    process.kill(process.pid, 'SIGKILL');
    return new Promise(() => undefined);
  },
  fail: (message) => {
    throw new Error(message);
  },
  heavy: async (ms, { emit }) => {
    emit('begun');
    await new Promise((resolve) => setTimeout(resolve, ms));
    return process.pid;
  },
});
