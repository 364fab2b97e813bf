import { fork, type ChildProcess } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { cancelled, formatError, SploraError, toErrorData, type ErrorData } from '../core/errors';
import { say, type MessageValue } from '../core/message';
import { Client, type AnyApi, type Call, type Port, type ResultOf, type RpcMessage } from './channel';

/** A process that has not answered a cancel by then hangs and is killed. */
const CANCEL_GRACE_MS = 3000;
/** A stopped process that has not cleaned up by then is killed. */
const STOP_GRACE_MS = 3000;
/** One that does not hear within this time, because it computes what was cancelled, is killed before. */
const HEARS_MS = 50;
/** A request can name ten thousand modules. */
const MAX_LOGGED = 2000;

export interface ProcessLog {
  debug(message: string): void;
  info(message: string): void;
  error(message: string): void;
}

export interface ProcessOptions<Api> {
  /** In log lines and errors, e.g. "engine". */
  readonly name: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Calls that run one at a time, because they would compete for memory and cores. */
  readonly serial?: readonly (keyof Api)[];
  /**
   * A cancelled call rejects at the latest after this time in ms, while the process may still clean up; one that has not
   * even heard of the cancel by then, because it computes, is killed. Absent: the call rejects when the process has stopped.
   */
  readonly cancelMs?: number;
  /** Runs below normal priority, so that a window stays responsive. */
  readonly background?: boolean;
  /** How long to keep the process without a call, in ms. Absent: until `dispose`. */
  readonly idleMs?: () => number;
  readonly log?: ProcessLog;
  /** Gets what the process prints, e.g. warnings of native code. */
  readonly onOutput?: (text: string) => void;
}

export interface Process<Api extends AnyApi<Api>> {
  readonly call: Call<Api>;
  /** Undefined while no process runs. */
  readonly pid: number | undefined;
  /** Stops the process, after it has cleaned up, and rejects all calls, also later ones. */
  dispose(): Promise<void>;
}

/** Forks `file` on the first call, and again for a call after a crash or after it was stopped for being idle. */
export function startProcess<Api extends AnyApi<Api>>(
  file: string,
  options: ProcessOptions<Api>,
): Process<Api> {
  return new RestartingProcess(file, options);
}

class RestartingProcess<Api extends AnyApi<Api>> implements Process<Api> {
  private child: Child<Api> | undefined;
  private disposed = false;
  private calls = 0;
  private idleTimer: NodeJS.Timeout | undefined;
  private serialDone: Promise<void> = Promise.resolve();

  constructor(
    private readonly file: string,
    private readonly options: ProcessOptions<Api>,
  ) {}

  get pid(): number | undefined {
    return this.child?.pid;
  }

  readonly call: Call<Api> = async (method, request, options = {}) => {
    const { log, serial = [], idleMs } = this.options;
    const { signal } = options;
    if (signal?.aborted === true) throw cancelled();
    const startedAt = Date.now();
    log?.debug(`${method}: ${JSON.stringify(request).slice(0, MAX_LOGGED)}`);
    clearTimeout(this.idleTimer);
    this.calls++;
    try {
      const result = await new Promise<ResultOf<Api[typeof method]>>((resolve, reject) => {
        const sent = { ...options, onGivenUp: () => reject(cancelled()) };
        const send = async () => await (await this.running()).call(method, request, sent);
        (serial.includes(method) ? this.inTurn(send, signal) : send()).then(resolve, reject);
      });
      log?.info(`${method} took ${Date.now() - startedAt} ms`);
      return result;
    } catch (thrown) {
      log?.info(`${method} ended after ${Date.now() - startedAt} ms: ${toErrorData(thrown).code}`);
      throw thrown;
    } finally {
      if (--this.calls === 0 && idleMs !== undefined && !this.disposed)
        this.idleTimer = setTimeout(() => void this.stop('it has no work'), idleMs());
    }
  };

  async dispose(): Promise<void> {
    this.disposed = true;
    await this.stop('it is disposed');
  }

  private async running(): Promise<Child<Api>> {
    // It may still hold its memory and its files.
    if (this.child?.isKilled === true) await this.child.exited;
    if (this.disposed)
      throw new SploraError({ code: 'cancelled', message: say('The {0} was stopped.', this.options.name) });
    if (this.child !== undefined) return this.child;
    this.options.log?.info(`Starting the ${this.options.name}`);
    const child = new Child(this.file, this.options);
    void child.exited.then(() => {
      if (this.child === child) this.child = undefined;
    });
    return (this.child = child);
  }

  /** The queue is here and not in the process, so that a crash fails the call that runs and none that waits. */
  private inTurn<T>(send: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const result = unlessAborted(this.serialDone, signal).then(send);
    this.serialDone = Promise.allSettled([this.serialDone, result]).then(() => undefined);
    return result;
  }

  private async stop(reason: string): Promise<void> {
    clearTimeout(this.idleTimer);
    const { child } = this;
    this.child = undefined;
    if (child === undefined) return;
    this.options.log?.info(`Ending the ${this.options.name}: ${reason}`);
    await child.stop();
  }
}

/** Resolves with `turn`, or rejects as soon as the signal is aborted. */
function unlessAborted(turn: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(cancelled());
    signal?.addEventListener('abort', abort, { once: true });
    void turn.then(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    });
  });
}

interface GivesUp {
  /** The call was cancelled, and has not ended in the time that it has for that. */
  readonly onGivenUp?: () => void;
}

/** One child process, from fork to exit. */
class Child<Api extends AnyApi<Api>> {
  readonly exited: Promise<void>;
  private readonly process: ChildProcess;
  private readonly client: Client<Api>;
  private stopping = false;
  private killed = false;
  /** Calls that were given up and have not ended. */
  private readonly givenUp = new Set<symbol>();

  constructor(
    file: string,
    private readonly options: ProcessOptions<Api>,
  ) {
    this.process = forkProcess(file, options);
    let closed: (error: ErrorData) => void = () => undefined;
    const port: Port = {
      post: (message) => {
        if (this.process.connected) this.process.send(message, () => undefined);
      },
      // The other end is `serveParent` of the same version.
      onMessage: (listener) => this.process.on('message', (message) => listener(message as RpcMessage)),
      onClose: (listener) => (closed = listener),
    };
    this.client = new Client(port);
    this.exited = new Promise((resolve) => {
      const end = (how: MessageValue): void => {
        closed(this.endError(how));
        resolve();
      };
      this.process.once('exit', (code, signal) => end(signal ?? say('exit code {0}', String(code))));
      this.process.once('error', ({ message }) => end(message));
    });
  }

  get pid(): number | undefined {
    return this.process.pid;
  }

  /** It does not answer anymore, and has perhaps not exited yet. */
  get isKilled(): boolean {
    return this.killed;
  }

  readonly call: Call<Api, GivesUp> = async (method, request, options = {}) => {
    const { signal, onGivenUp } = options;
    const { cancelMs } = this.options;
    const timers: NodeJS.Timeout[] = [];
    let isStopping = false;
    const id = Symbol(method);
    const giveUp = (): void => {
      if (!isStopping) this.kill();
      this.givenUp.add(id);
      onGivenUp?.();
    };
    const onAbort = (): void => {
      timers.push(setTimeout(() => this.kill(), CANCEL_GRACE_MS));
      if (cancelMs !== undefined) timers.push(setTimeout(giveUp, cancelMs));
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      return await this.client.call(method, request, { ...options, onCancelling: () => (isStopping = true) });
    } catch (thrown) {
      // A process that hung and was killed closes the channel.
      throw signal?.aborted === true ? cancelled() : thrown;
    } finally {
      this.givenUp.delete(id);
      signal?.removeEventListener('abort', onAbort);
      timers.forEach(clearTimeout);
    }
  };

  /** A disconnected process cancels its calls, removes half-written files and exits. */
  async stop(): Promise<void> {
    this.stopping = true;
    if (this.givenUp.size > 0) await this.killIfDeaf();
    if (this.process.connected) this.process.disconnect();
    const timer = setTimeout(() => this.kill(), STOP_GRACE_MS);
    await this.exited;
    clearTimeout(timer);
  }

  private async killIfDeaf(): Promise<void> {
    const { name, log } = this.options;
    const timer = setTimeout(() => {
      log?.info(`Killing the ${name}: it is busy with what was cancelled`);
      this.kill();
    }, HEARS_MS);
    await this.client.ping();
    clearTimeout(timer);
  }

  private kill(): void {
    this.killed = true;
    this.process.kill('SIGKILL');
  }

  private endError(how: MessageValue): ErrorData {
    const { name, log } = this.options;
    const wasStopped = this.stopping || this.killed;
    const message = wasStopped
      ? say('The {0} was stopped.', name)
      : say('The {0} process ended unexpectedly ({1}).', name, how);
    const advice = say('Try again: the process restarts automatically. If it happens again, check the log.');
    const error: ErrorData = { code: 'process-crashed', message, advice };
    if (!wasStopped) log?.error(formatError(error));
    return error;
  }
}

function forkProcess<Api>(file: string, options: ProcessOptions<Api>): ChildProcess {
  const { background = false, env, onOutput } = options;
  const child = fork(file, [], {
    // Electron (VS Code's extension host) runs as plain Node with this; Node ignores it.
    env: { ...process.env, ...env, ELECTRON_RUN_AS_NODE: '1' },
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // A session of its own: see `autogroup` below.
    detached: background && LINUX,
  });
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => onOutput?.(text));
  if (background && child.pid !== undefined) lowerPriority(child.pid, options);
  return child;
}

const LINUX = process.platform === 'linux';

/** Must run before the child starts threads: on Linux, a thread inherits the priority of the one that starts it. */
function lowerPriority(pid: number, { name, log }: Pick<ProcessOptions<never>, 'name' | 'log'>): void {
  const nice = constants.priority.PRIORITY_BELOW_NORMAL;
  try {
    setPriority(pid, nice);
    // With autogroups, Linux first divides CPU time among sessions; a process's nice value counts only within its own.
    const group = `/proc/${String(pid)}/autogroup`;
    if (LINUX && existsSync(group)) writeFileSync(group, String(nice));
  } catch (thrown) {
    log?.info(`The ${name} keeps its priority: ${String(thrown)}`);
  }
}
