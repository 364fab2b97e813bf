import { fork, type ChildProcess } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { cancelled, type ErrorData } from '../core/errors';
import type { EngineApi } from '../protocol/engineApi';
import { RpcClient, type CallOptions, type Port, type RpcMessage } from '../protocol/rpc';
import type { Engine } from './client';
import { JobQueue } from './jobQueue';
import { NO_TELEMETRY } from './noTelemetry';
import { say, type MessageValue } from '../core/message';

/** A cancelled call that has not answered by then belongs to an engine that hangs: it is killed. */
const CANCEL_GRACE_MS = 3000;
/** A disposed engine that has not cleaned up and left by then is killed. */
const DISPOSE_GRACE_MS = 3000;

export interface EngineOptions {
  /** The bundled `engine.js`. */
  readonly engineFile: string;
  /** Leaves the processor to whoever else wants it: a window stays fluid while every core scores modules. */
  readonly background?: boolean;
  /** Told what the process prints: ONNX Runtime's warnings, or the last words of a crash. */
  readonly onLog?: (text: string) => void;
  /** Told once, when the process ended without being disposed. */
  readonly onCrash?: (error: ErrorData) => void;
}

/** The engine, in a process of its own, so that its crash or memory is not its caller's. Nothing starts before a call. */
export function startEngine(options: EngineOptions): Engine {
  return new RestartingEngine(options);
}

/** Forks on demand: a call after a crash, or after a stop, gets a new process. */
class RestartingEngine implements Engine {
  private current: EngineProcess | undefined;
  private queue = new JobQueue();

  constructor(private readonly options: EngineOptions) {}

  get pid(): number | undefined {
    return this.current?.alive === true ? this.current.pid : undefined;
  }

  call<M extends keyof EngineApi>(
    method: M,
    params: EngineApi[M]['params'],
    options?: CallOptions<EngineApi[M]['event']>,
  ): Promise<EngineApi[M]['result']> {
    const queue = this.queue;
    const begin = (): Promise<EngineApi[M]['result']> => {
      if (queue !== this.queue) throw cancelled();
      if (this.current?.alive !== true) this.current = new EngineProcess(this.options);
      return this.current.call(method, params, options);
    };
    return method === 'analyze' ? queue.run(options?.signal, async () => begin()) : begin();
  }

  async dispose(): Promise<void> {
    const process = this.current;
    this.current = undefined;
    // Analyses that wait for their turn start no process any more.
    this.queue = new JobQueue();
    await process?.dispose();
  }
}

class EngineProcess {
  private readonly child: ChildProcess;
  private readonly client: RpcClient<EngineApi>;
  private readonly exited: Promise<void>;
  private disposed = false;
  alive = true;

  constructor(options: EngineOptions) {
    const child = forkEngine(options);
    this.child = child;
    this.exited = new Promise((resolve) => {
      const ended = (): void => {
        this.alive = false;
        resolve();
      };
      child.once('exit', ended);
      child.once('error', ended);
    });
    this.client = new RpcClient<EngineApi>(this.port(options));
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  async call<M extends keyof EngineApi>(
    method: M,
    params: EngineApi[M]['params'],
    options: CallOptions<EngineApi[M]['event']> = {},
  ): Promise<EngineApi[M]['result']> {
    let timer: NodeJS.Timeout | undefined;
    const killLater = (): void => {
      timer = setTimeout(() => this.child.kill('SIGKILL'), CANCEL_GRACE_MS);
    };
    options.signal?.addEventListener('abort', killLater, { once: true });
    try {
      return await this.client.call(method, params, options);
    } finally {
      options.signal?.removeEventListener('abort', killLater);
      clearTimeout(timer);
    }
  }

  /** The engine hears that its parent is gone, stops its jobs, removes what they have half written, and exits. */
  async dispose(): Promise<void> {
    this.disposed = true;
    if (this.child.connected) this.child.disconnect();
    const timer = setTimeout(() => this.child.kill('SIGKILL'), DISPOSE_GRACE_MS);
    await this.exited;
    clearTimeout(timer);
  }

  private port({ onCrash }: EngineOptions): Port {
    return {
      post: (message) => {
        if (this.child.connected) this.child.send(message, () => undefined);
      },
      onMessage: (listener) => {
        this.child.on('message', (message) => {
          // Only `main.ts` of the same version speaks on this channel.
          listener(message as RpcMessage);
        });
      },
      onClose: (listener) => {
        const close = (how: MessageValue): void => {
          const error: ErrorData = {
            code: 'engine-crashed',
            message: this.disposed
              ? say('The engine was stopped.')
              : say('The engine process ended unexpectedly ({0}).', how),
            advice: say('Try again: it is started anew. If it happens again, look at the log.'),
          };
          listener(error);
          if (!this.disposed) onCrash?.(error);
        };
        this.child.once('exit', (code, signal) => {
          close(signal ?? say('exit code {0}', code ?? ''));
        });
        this.child.once('error', (error) => {
          close(error.message);
        });
      },
    };
  }
}

function forkEngine({ engineFile, background = false, onLog }: EngineOptions): ChildProcess {
  const child = fork(engineFile, [], {
    // Electron (VS Code's extension host) becomes plain Node with this; Node itself ignores it.
    env: { ...process.env, ...NO_TELEMETRY, ELECTRON_RUN_AS_NODE: '1' },
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: background && GROUPED,
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => onLog?.(text));
  }
  if (background && child.pid !== undefined) stepBack(child.pid, onLog);
  return child;
}

/** Linux may share the processors out among sessions first ("autogroup"): a process is nice only within its own. */
const GROUPED = process.platform === 'linux';

/** Before it has any threads: on Linux they get the priority of the thread that starts them. */
function stepBack(pid: number, onLog: EngineOptions['onLog']): void {
  const nice = constants.priority.PRIORITY_BELOW_NORMAL;
  try {
    setPriority(pid, nice);
    const group = `/proc/${String(pid)}/autogroup`;
    if (GROUPED && existsSync(group)) writeFileSync(group, String(nice));
  } catch (thrown) {
    onLog?.(`The engine keeps its priority: ${String(thrown)}\n`);
  }
}
