import path from 'node:path';
import { SHARE_ENV, Worker } from 'node:worker_threads';
import type { ErrorData } from '../../core/errors';
import { Client, transfer } from '../../rpc/channel';
import { workerPort } from '../../rpc/threadPorts';
import type { NoResult, StepResult, StepWork, Task, TaskResult, WorkerApi } from './protocol';
import type { JobSignals } from './signals';
import { say } from '../../core/message';

/** The bundle of `workers/main.ts`, beside the engine's. */
const workerFile = (): string => path.join(__dirname, 'worker.js');

/** One worker thread. Starts on first use and after a crash; runs one task at a time. */
export class WorkerThread {
  private client: Client<WorkerApi> | undefined;
  /** A cancelled job does not wait for its last task, so the next one has to. */
  private idle: Promise<unknown> = Promise.resolve();

  constructor(private readonly file = workerFile()) {}

  /** @throws SploraError the task's error, or `internal` if the thread died */
  async run(task: Task, signals: JobSignals): Promise<TaskResult> {
    const request = transfer({ task, signals: signals.buffer }, buffersOf(task));
    return await this.turn(signals, (client) => client.call('run', request));
  }

  /** @throws SploraError those of `run` */
  async compute(work: StepWork, signals: JobSignals): Promise<StepResult | NoResult> {
    const request = { work, signals: signals.buffer };
    return await this.turn(signals, (client) => client.call('compute', request));
  }

  /** Waits for the last task. */
  async closeFiles(): Promise<void> {
    this.idle = this.idle.then(() => this.client?.call('closeFiles', null)).catch(() => undefined);
    await this.idle;
  }

  private async turn<T>(signals: JobSignals, call: (client: Client<WorkerApi>) => Promise<T>): Promise<T> {
    const turn = this.idle.then(() => {
      signals.throwIfCancelled();
      this.client ??= this.start();
      return call(this.client);
    });
    this.idle = turn.catch(() => undefined);
    return await turn;
  }

  private start(): Client<WorkerApi> {
    // This process's own arguments (a test's loader, a debugger) are not for its threads. Native code sees what a thread
    // sets in its environment only if it is shared.
    const worker = new Worker(this.file, { execArgv: [], env: SHARE_ENV });
    const port = workerPort(worker, (how): ErrorData => {
      // A dying thread may report an error and an exit; by the second one, the next thread may run.
      if (this.client === client) this.client = undefined;
      return {
        code: 'internal',
        message: say('A worker thread of the engine ended unexpectedly ({0}).', how),
        advice: say('Try again with fewer threads. If it happens again, check the log.'),
      };
    });
    const client = new Client<WorkerApi>(port);
    // The engine may exit while a thread is idle. Must come last: a new listener would undo it.
    worker.unref();
    return client;
  }
}

/** The factors move to the other thread. */
function buffersOf(task: Task): readonly ArrayBuffer[] {
  if (task.kind === 'dense') return [];
  if (task.kind !== 'finish') return [task.work.a.bytes.buffer, task.work.b.bytes.buffer];
  const { factors, products } = task;
  return [factors.a, factors.b, products.cb, products.inner].map(({ buffer }) => buffer);
}

/** The engine's threads, kept between jobs. */
export class WorkerPool {
  private readonly kernelThreads: WorkerThread[] = [];
  /** The one thread that owns ONNX Runtime's sessions. */
  readonly ortThread = new WorkerThread();

  threads(count: number): readonly WorkerThread[] {
    while (this.kernelThreads.length < count) this.kernelThreads.push(new WorkerThread());
    return this.kernelThreads.slice(0, count);
  }

  async closeFiles(): Promise<void> {
    await Promise.all([...this.kernelThreads, this.ortThread].map((thread) => thread.closeFiles()));
  }
}
