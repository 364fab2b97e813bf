import path from 'node:path';
import { SHARE_ENV, Worker } from 'node:worker_threads';
import { SploraError } from '../../core/errors';
import type { Task, TaskResult, WorkerReply, WorkerRequest } from './protocol';
import type { JobSignals } from './signals';
import { say, type MessageValue } from '../../core/message';

/** The bundle of `workers/main.ts` lies beside the engine's. */
const workerFile = (): string => path.join(__dirname, 'worker.js');

interface Pending {
  readonly resolve: (result: TaskResult) => void;
  readonly reject: (error: SploraError) => void;
}

/** One worker thread, started on first use and again after it died; does one task at a time. */
export class Lane {
  private worker: Worker | undefined;
  private pending: Pending | undefined;
  private nextId = 0;

  constructor(private readonly file = workerFile()) {}

  /** Settles when the thread has done all it was given: a cancelled job does not wait for its last task. */
  private idle: Promise<unknown> = Promise.resolve();

  /**
   * Does `task` in the thread, after what it is still busy with.
   * @throws SploraError what the task ended with, or `internal` when the thread died over it
   */
  async run(task: Task, signals: JobSignals): Promise<TaskResult> {
    const turn = this.idle.then(() => this.post(task, signals));
    this.idle = turn.catch(() => undefined);
    return await turn;
  }

  /** Lets the thread close its files. */
  endJob(): void {
    this.idle = this.idle.then(() => this.worker?.postMessage('job-ended'));
  }

  private post(task: Task, signals: JobSignals): Promise<TaskResult> {
    signals.throwIfCancelled();
    const worker = (this.worker ??= this.start());
    return new Promise((resolve, reject) => {
      this.pending = { resolve, reject };
      const request: WorkerRequest = { id: ++this.nextId, task, signals: signals.buffer };
      worker.postMessage(request, transferable(task));
    });
  }

  private start(): Worker {
    // What this process was started with (a test's loader, a debugger) is not for its threads. Native code sees what a
    // thread sets in its environment only where it is shared.
    const worker = new Worker(this.file, { execArgv: [], env: SHARE_ENV });
    worker.on('message', (reply: WorkerReply) => {
      if (reply.id !== this.nextId) return;
      const { pending } = this;
      this.pending = undefined;
      if (reply.ok) pending?.resolve(reply.result);
      else pending?.reject(new SploraError(reply.error));
    });
    const died = (how: MessageValue): void => {
      // An error is followed by an exit, when the next thread may be at work already.
      if (this.worker !== worker) return;
      this.worker = undefined;
      const { pending } = this;
      this.pending = undefined;
      pending?.reject(
        new SploraError({
          code: 'internal',
          message: say('A worker thread of the engine ended unexpectedly ({0}).', how),
          advice: say('Try again with fewer threads. If it happens again, look at the log.'),
        }),
      );
    };
    worker.once('error', (error) => {
      died(error instanceof Error ? error.message : String(error));
    });
    worker.once('exit', (code) => {
      died(say('exit code {0}', code));
    });
    // The engine process may end while a thread idles. Listening would take this back: it comes last.
    worker.unref();
    return worker;
  }
}

/** The factors of an adapter as they are sent on: not copied, because nobody else looks at them. */
function transferable(task: Task): ArrayBuffer[] {
  if (task.kind === 'dense') return [];
  if (task.kind !== 'finish') return [task.work.a.bytes.buffer, task.work.b.bytes.buffer];
  const { factors, products } = task;
  return [factors.a, factors.b, products.cb, products.inner].map(({ buffer }) => buffer);
}

/** The engine's threads, kept between jobs. */
export class WorkerPool {
  private readonly kernelLanes: Lane[] = [];
  /** The one thread that owns ONNX Runtime's sessions. */
  readonly ortLane = new Lane();

  lanes(count: number): readonly Lane[] {
    while (this.kernelLanes.length < count) this.kernelLanes.push(new Lane());
    return this.kernelLanes.slice(0, count);
  }

  endJob(): void {
    for (const lane of [...this.kernelLanes, this.ortLane]) lane.endJob();
  }
}
