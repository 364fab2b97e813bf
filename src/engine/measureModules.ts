import { availableParallelism } from 'node:os';
import type { ModuleMeasure } from '../core/ediem/types';
import type { ByteSource } from '../io/byteSource';
import type { AnalyzeEvent, AnalyzeRequest } from '../protocol/engineApi';
import type { CallContext } from '../rpc/channel';
import { backendOf, type Backend } from './backend';
import { threadLimit } from './threadLimit';
import { denseKey, measureKey, type MeasureCache } from './measureCache';
import type { MatchedModule, MatchedReplacement, Matches } from './matchModules';
import { denseWork, readModuleWork, type FileIdentities } from './moduleWork';
import { AsyncQueue, Prefetcher, Semaphore } from './concurrency';
import { Progress } from './progress';
import { untilDone } from './untilDone';
import type { WorkerPool, WorkerThread } from './workers/pool';
import type { ModuleWork, NoMeasure, Task, TaskResult } from './workers/protocol';
import { JobSignals } from './workers/signals';
import { render, type Message } from '../core/message';

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

/** A module that is ready for a worker, and the cache key of its outcome. */
interface Prepared<Work = ModuleWork> {
  readonly name: string;
  readonly weightBytes: number;
  readonly work: Work | NoMeasure;
  readonly key: string | undefined;
}

/**
 * Measures modules on all threads. Each thread takes whole modules in the order of the weights on disk, so that one reads
 * while another computes, and no result depends on the number of threads.
 * @throws SploraError `cancelled`; `io`; `internal` if a thread died
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
  private readonly semaphore: Semaphore;
  private readonly progress: Progress;
  private readonly finishes = new AsyncQueue<readonly [Prepared, Task]>();
  private adapterBytes = 0;
  private keptBytes = 0;

  constructor(
    private readonly job: MeasureJob,
    private readonly context: CallContext<AnalyzeEvent>,
  ) {
    const { request, matches } = job;
    const { matched, replaced } = matches;
    this.backend = backendOf(request);
    this.threads = threadLimit(request.threads ?? availableParallelism(), matched);
    this.semaphore = new Semaphore(this.threads);
    const all = [...matched, ...replaced];
    const bytes = all.reduce((sum, { weightBytes }) => sum + weightBytes, 0);
    this.progress = new Progress(all.length, bytes, context.emit);
  }

  async run(): Promise<Measured> {
    const { signal } = this.context;
    // Before any thread has work: its failure would be unhandled.
    signal.throwIfAborted();
    const { matches, pool } = this.job;
    const { matched, replaced } = matches;
    const byOrt = matched.filter(({ module }) => this.backend.productsOf(module.rank) === 'onnx');
    const byKernels = matched.filter((match) => !byOrt.includes(match));
    const prefetcher = this.prefetch(byKernels);
    const threads = pool.threads(Math.min(this.threads, matched.length));
    const onOrtThread = this.ortLoop(byOrt, threads.length).then(() => this.denseLoop(replaced));
    const loops = [onOrtThread, ...threads.map((thread) => this.kernelLoop(thread, prefetcher))];
    await untilDone(loops, { pool, signals: this.signals, signal, report: () => this.reportBytes() });
    const bytesRead = this.adapterBytes + this.signals.bytesRead;
    return { outcomes: this.outcomes, bytesRead, notes: [...this.notes.values()] };
  }

  private prefetch(matches: readonly MatchedModule[]): Prefetcher<MatchedModule, Prepared> {
    return new Prefetcher(matches, (match) => this.prepare(match), 2);
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

  /** Finishes the modules that ONNX Runtime has begun first, then measures whole ones. */
  private async kernelLoop(
    thread: WorkerThread,
    prefetcher: Prefetcher<MatchedModule, Prepared>,
  ): Promise<void> {
    for (;;) {
      const handed = this.finishes.shift();
      if (handed !== undefined) {
        await this.runTask(thread, ...handed);
        continue;
      }
      const prepared = await prefetcher.take();
      if (prepared === undefined) break;
      const work = this.uncached(prepared);
      if (work !== undefined) await this.runTask(thread, prepared, { kind: 'measure', work });
    }
    for (let handed = await this.finishes.next(); handed; handed = await this.finishes.next())
      await this.runTask(thread, ...handed);
  }

  /** Does the first half of modules of high rank; other threads do the second half. */
  private async ortLoop(matches: readonly MatchedModule[], threads: number): Promise<void> {
    const prefetcher = this.prefetch(matches);
    const { provider } = this.backend;
    // ONNX Runtime shares the cores with the threads that finish its modules.
    const ortThreads = Math.max(1, Math.floor(this.threads / 2));
    const thread = this.job.pool.ortThread;
    try {
      for (let ready = prefetcher.take(); ready !== undefined; ready = prefetcher.take()) {
        const prepared = await ready;
        const work = this.uncached(prepared);
        if (work === undefined) continue;
        const result = await this.runTask(thread, prepared, { kind: 'products', work, provider, ortThreads });
        if (result === undefined) continue;
        const { factors, products, providerNote } = result;
        if (providerNote !== undefined) this.noteOnce(providerNote);
        await this.finishes.roomFor(threads);
        const { module, quartiles } = work;
        this.finishes.push([prepared, { kind: 'finish', work: { module, quartiles }, factors, products }]);
      }
    } finally {
      this.finishes.close();
    }
  }

  /** Whole weights, one at a time: each keeps all cores busy. */
  private async denseLoop(matches: readonly MatchedReplacement[]): Promise<void> {
    const { identities, pool } = this.job;
    const { provider } = this.backend;
    for (const match of matches) {
      const work = denseWork(match, identities);
      const key = denseKey(work, provider);
      const prepared = { name: match.replacement.name, weightBytes: match.weightBytes, work, key };
      if (this.uncached(prepared) === undefined) continue;
      const task = { kind: 'dense', work, provider, ortThreads: this.threads } as const;
      await this.runTask(pool.ortThread, prepared, task);
    }
  }

  /** Records an outcome; returns products, which are only the first half. */
  private async runTask(
    thread: WorkerThread,
    prepared: Pick<Prepared, 'name' | 'key'>,
    task: Task,
  ): Promise<Extract<TaskResult, { kind: 'products' }> | undefined> {
    const result = await this.semaphore.run(async () => {
      if (task.kind !== 'finish') this.progress.startModule(task.work.module);
      return await thread.run(task, this.signals);
    });
    if (result.kind === 'products') return result;
    this.record(prepared, result.outcome);
    return undefined;
  }

  /** The work, unless its outcome is known. */
  private uncached<Work extends object>(prepared: Prepared<Work>): Work | undefined {
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
    this.reportBytes();
    this.progress.endModule();
  }

  private reportBytes(): void {
    this.progress.setBytes(this.keptBytes + this.signals.bytesDone);
  }

  /** In the document, and one line in the parent's log. */
  private noteOnce(note: Message): void {
    const line = render(note);
    if (this.notes.has(line)) return;
    this.notes.set(line, note);
    process.stderr.write(`${line}\n`);
  }
}
