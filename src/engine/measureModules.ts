import { availableParallelism } from 'node:os';
import type { ModuleMeasure } from '../core/ediem/types';
import type { ByteSource } from '../io/byteSource';
import type { AnalyzeEvent, AnalyzeRequest } from '../protocol/engineApi';
import type { CallContext } from '../protocol/rpc';
import { backendOf, type Backend } from './backend';
import { laneLimit } from './laneLimit';
import { denseKey, measureKey, type MeasureCache } from './measureCache';
import type { MatchedModule, MatchedReplacement, Matches } from './matchModules';
import { denseWork, readModuleWork, type FileIdentities } from './moduleWork';
import { Ahead, HandOver, Permits } from './permits';
import { Progress } from './progress';
import type { Lane, WorkerPool } from './workers/pool';
import type { ModuleWork, NoMeasure, Task, TaskResult } from './workers/protocol';
import { JobSignals } from './workers/signals';
import { render, type Message } from '../core/message';

/** Progress is looked at, and told, this often. */
const PROGRESS_INTERVAL_MS = 100;

export interface MeasureJob {
  readonly request: AnalyzeRequest;
  readonly matches: Pick<Matches, 'matched' | 'replaced'>;
  readonly adapter: ByteSource;
  readonly identities: FileIdentities;
  readonly pool: WorkerPool;
  readonly cache: MeasureCache;
}

export interface Measured {
  readonly outcomes: ReadonlyMap<string, ModuleMeasure | NoMeasure>;
  readonly bytesRead: number;
  readonly notes: readonly Message[];
}

/** One module on its way: what a worker needs, and the key under which its outcome is kept. */
interface Prepared<Work = ModuleWork> {
  readonly name: string;
  readonly weightBytes: number;
  readonly work: Work | NoMeasure;
  readonly key: string | undefined;
}

type FinishTask = Task & { readonly kind: 'finish' };

/**
 * Measures modules on all threads. Every thread takes a whole module, in the order of the weights on disk, so that one
 * reads while another computes and no result depends on their number.
 * @throws SploraError `cancelled`; `io`; `internal` when a thread died
 */
export async function measureModules(job: MeasureJob, context: CallContext<AnalyzeEvent>): Promise<Measured> {
  return await new ModuleRun(job, context).run();
}

class ModuleRun {
  private readonly signals = new JobSignals();
  private readonly outcomes = new Map<string, ModuleMeasure | NoMeasure>();
  private readonly notes = new Map<string, Message>();
  private readonly backend: Backend;
  private readonly threads: number;
  private readonly permits: Permits;
  private readonly progress: Progress;
  private readonly finishes = new HandOver<{ readonly prepared: Prepared; readonly task: FinishTask }>();
  private adapterBytes = 0;
  private keptBytes = 0;

  constructor(
    private readonly job: MeasureJob,
    private readonly context: CallContext<AnalyzeEvent>,
  ) {
    const { request, matches } = job;
    const { matched, replaced } = matches;
    this.backend = backendOf(request);
    this.threads = laneLimit(request.threads ?? availableParallelism(), matched);
    this.permits = new Permits(this.threads);
    const all = [...matched, ...replaced];
    const bytes = all.reduce((sum, { weightBytes }) => sum + weightBytes, 0);
    this.progress = new Progress(all.length, bytes, context.emit);
  }

  async run(): Promise<Measured> {
    const { signal } = this.context;
    // Before any thread has work, whose failure would be unhandled.
    signal.throwIfAborted();
    const { matches, pool } = this.job;
    const { matched, replaced } = matches;
    const byOrt = matched.filter(({ module }) => this.backend.productsOf(module.rank) === 'onnx');
    const byKernels = matched.filter((match) => !byOrt.includes(match));
    const ahead = this.ahead(byKernels);
    const lanes = pool.lanes(Math.min(this.threads, matched.length));
    const onOrtLane = this.ortLoop(byOrt, lanes.length).then(() => this.denseLoop(replaced));
    const loops = [onOrtLane, ...lanes.map((lane) => this.kernelLoop(lane, ahead))];
    const timer = setInterval(() => {
      this.tellBytes();
    }, PROGRESS_INTERVAL_MS);
    let abort: (() => void) | undefined;
    const aborted = new Promise<never>((_, reject) => {
      abort = () => {
        this.signals.cancel();
        reject(signal.reason instanceof Error ? signal.reason : new Error('Cancelled.'));
      };
      signal.addEventListener('abort', abort, { once: true });
    });
    try {
      // A cancelled job answers at once; its threads stop within a few milliseconds, and their next task waits for that.
      await Promise.race([Promise.all(loops), aborted]);
    } catch (thrown) {
      this.signals.cancel();
      throw thrown;
    } finally {
      if (abort !== undefined) signal.removeEventListener('abort', abort);
      clearInterval(timer);
      pool.endJob();
    }
    const bytesRead = this.adapterBytes + this.signals.bytesRead;
    return { outcomes: this.outcomes, bytesRead, notes: [...this.notes.values()] };
  }

  private ahead(matches: readonly MatchedModule[]): Ahead<MatchedModule, Prepared> {
    return new Ahead(matches, (match) => this.prepare(match), 2);
  }

  private async prepare(match: MatchedModule): Promise<Prepared> {
    const { adapter, identities, request } = this.job;
    const work = await readModuleWork(match, adapter, identities, request.options.quartiles);
    const head = { name: match.module.name, weightBytes: match.weightBytes };
    if ('reason' in work) return { ...head, work, key: undefined };
    this.adapterBytes += work.a.bytes.length + work.b.bytes.length;
    const { provider, productsOf } = this.backend;
    const products = productsOf(match.module.rank);
    return { ...head, work, key: measureKey(work, products === 'onnx' ? `onnx ${provider}` : products) };
  }

  /** Takes what ONNX Runtime has prepared first, then whole modules. */
  private async kernelLoop(lane: Lane, ahead: Ahead<MatchedModule, Prepared>): Promise<void> {
    for (;;) {
      const handed = this.finishes.poll();
      if (handed !== undefined) {
        await this.finish(lane, handed);
        continue;
      }
      const ready = ahead.take();
      if (ready === undefined) break;
      const prepared = await ready;
      const work = this.needed(prepared);
      if (work === undefined) continue;
      const result = await this.runTask(lane, { kind: 'measure', work });
      if (result.kind === 'outcome') this.record(prepared, result.outcome);
    }
    for (let handed = await this.finishes.next(); handed; handed = await this.finishes.next()) {
      await this.finish(lane, handed);
    }
  }

  /** The first half of modules of high rank; the second half is left to the other threads. */
  private async ortLoop(matches: readonly MatchedModule[], lanes: number): Promise<void> {
    const ahead = this.ahead(matches);
    const { provider } = this.backend;
    try {
      for (let ready = ahead.take(); ready !== undefined; ready = ahead.take()) {
        const prepared = await ready;
        const work = this.needed(prepared);
        if (work === undefined) continue;
        const task = { kind: 'products', work, provider, ortThreads: ortThreads(this.threads) } as const;
        const result = await this.runTask(this.job.pool.ortLane, task);
        if (result.kind === 'outcome') this.record(prepared, result.outcome);
        else {
          if (result.providerNote !== undefined) this.noteOnce(result.providerNote);
          await this.finishes.roomFor(lanes);
          const { factors, products } = result;
          this.finishes.push({ prepared, task: { kind: 'finish', work: named(work), factors, products } });
        }
      }
    } finally {
      this.finishes.close();
    }
  }

  /** Whole weights, one after another: each keeps all cores busy. */
  private async denseLoop(matches: readonly MatchedReplacement[]): Promise<void> {
    const { adapter, identities, pool } = this.job;
    const { provider } = this.backend;
    for (const match of matches) {
      const work = denseWork(match, adapter.path, identities);
      const key = denseKey(work, provider);
      const prepared = { name: match.replacement.name, weightBytes: match.weightBytes, work, key };
      if (this.needed(prepared) === undefined) continue;
      const task = { kind: 'dense', work, provider, ortThreads: this.threads } as const;
      const result = await this.runTask(pool.ortLane, task);
      if (result.kind === 'outcome') this.record(prepared, result.outcome);
    }
  }

  private async finish(
    lane: Lane,
    { prepared, task }: { readonly prepared: Prepared; readonly task: FinishTask },
  ): Promise<void> {
    const result = await this.runTask(lane, task);
    if (result.kind === 'outcome') this.record(prepared, result.outcome);
  }

  private async runTask(lane: Lane, task: Task): Promise<TaskResult> {
    return await this.permits.use(async () => {
      if (task.kind !== 'finish') this.progress.startModule(task.work.module);
      return await lane.run(task, this.signals);
    });
  }

  /** The work, unless its outcome is known already. */
  private needed<Work extends object>(prepared: Prepared<Work>): Work | undefined {
    const { weightBytes, work, key } = prepared;
    const known = 'reason' in work ? work : key === undefined ? undefined : this.job.cache.get(key);
    if (known === undefined) return 'reason' in work ? undefined : work;
    this.keptBytes += weightBytes;
    this.record(prepared, known);
    return undefined;
  }

  private record({ name, key }: Pick<Prepared, 'name' | 'key'>, outcome: ModuleMeasure | NoMeasure): void {
    if (key !== undefined) this.job.cache.set(key, outcome);
    this.outcomes.set(name, outcome);
    if ('distance' in outcome) this.context.emit({ type: 'measured', measure: outcome });
    this.tellBytes();
    this.progress.endModule();
  }

  private tellBytes(): void {
    this.progress.setBytes(this.keptBytes + this.signals.bytesDone);
  }

  /** In the document, and as one line in the log of whoever started the engine. */
  private noteOnce(note: Message): void {
    const line = render(note);
    if (this.notes.has(line)) return;
    this.notes.set(line, note);
    process.stderr.write(`${line}\n`);
  }
}

/** ONNX Runtime shares the cores with the threads that finish what it has begun. */
function ortThreads(threads: number): number {
  return Math.max(1, Math.floor(threads / 2));
}

function named({ module, quartiles }: ModuleWork): FinishTask['work'] {
  return { module, quartiles };
}
