import { availableParallelism } from 'node:os';
import { quotedList } from '../core/adapter/names';
import type { AdapterModule } from '../core/adapter/types';
import { badRequest, failure } from '../core/errors';
import { groupBy } from '../core/groupBy';
import { render, say, type Message } from '../core/message';
import type { ModelNames } from '../core/provenance';
import type { TensorFate } from '../core/safetensors/writePlan';
import type { ByteSource } from '../io/byteSource';
import type { OpenedAdapter } from '../io/openAdapter';
import { openCheckpoint } from '../io/openCheckpoint';
import type { CandidatesRequest, ProgressEvent } from '../protocol/engineApi';
import type { CallContext } from '../rpc/channel';
import { identicalModels, matchModules, modelFiles, type MatchedModule } from './matchModules';
import { identifyFiles, storedDifference, type FileIdentities } from './moduleWork';
import { Progress } from './progress';
import { readLoraFactors, StepOutcome, type PlannedStep } from './stepOutcome';
import type { SubspaceCache } from './subspaceCache';
import { threadLimit } from './threadLimit';
import { untilDone } from './untilDone';
import { IDENTICAL_WEIGHTS } from './workers/measureModule';
import type { WorkerPool, WorkerThread } from './workers/pool';
import type { ModuleSubspaces, NoSubspaces } from './workers/protocol';
import { JobSignals } from './workers/signals';

/** Vectors of both sides of `V`: basis, two products, sums (`topSubspaces`, with all passes). */
const VECTORS = 3 * 128;
/** What an alignment step makes of an adapter. */
export interface Aligned {
  readonly tensors: ReadonlyMap<string, TensorFate>;
  /** Modules that are left as they are. */
  readonly left: ReadonlySet<string>;
  readonly notes: readonly Message[];
  /** Of a step that changes ranks. */
  readonly configText?: string;
  /** More for the metadata of the file. */
  readonly record: Readonly<Record<string, unknown>>;
  readonly models: ModelNames;
}

export interface StepInput {
  readonly request: Pick<CandidatesRequest, 'base' | 'aligned' | 'directions'>;
  readonly opened: OpenedAdapter;
}

/**
 * Computes the new factors of every module for each step, on all threads. They are kept in memory: as many bytes as the
 * adapter has, for each step.
 * @throws SploraError `bad-request` if a model is missing or nothing would change; those of `matchModules`; `cancelled`; `io`
 */
export async function applyAlignmentSteps(
  steps: readonly PlannedStep[],
  { request, opened: { adapter, source } }: StepInput,
  context: CallContext<ProgressEvent>,
  memory: Pick<Job, 'pool' | 'subspaces'>,
): Promise<readonly Aligned[]> {
  const method = steps[0]?.method ?? '';
  const [base, aligned] = await Promise.all([
    openCheckpoint(modelOf(method, request, 'base')),
    openCheckpoint(modelOf(method, request, 'aligned')),
  ]);
  const { matched, declined } = matchModules(adapter, base, aligned);
  const modules = new Map(adapter.modules.map((module) => [module.name, module]));
  const identities = await identifyFiles([source.path, ...modelFiles({ matched, replaced: [] })]);
  const k = steps.reduce((most, { step }) => Math.max(most, step.k), request.directions ?? 0);
  const run = new StepRun({ matched, identities, source, steps, k, ...memory }, context);
  for (const { name, status, reason } of declined) {
    const module = modules.get(name);
    if (module !== undefined) await run.decline(module, status, reason);
  }
  await run.run();
  if (run.outcomes.every(({ left }) => left.size === modules.size)) {
    const left = run.outcomes[0]?.left ?? new Map<string, Message>();
    if ([...left.values()].every(({ text }) => text === IDENTICAL_WEIGHTS.text))
      throw identicalModels(base, aligned);
    const [first] = left;
    throw failure(
      'bad-request',
      say('No module can be changed. {0}: {1}', first?.[0] ?? '', first?.[1] ?? ''),
    );
  }
  const models = { base: base.path, aligned: aligned.path };
  return run.outcomes.map((outcome) => {
    const settled = outcome.settle(adapter);
    const notes = [...run.notes(outcome), ...settled.notes];
    return { ...settled, left: new Set(outcome.left.keys()), notes, models };
  });
}

function modelOf(
  method: string,
  models: Pick<CandidatesRequest, 'base' | 'aligned'>,
  which: 'base' | 'aligned',
): string {
  const model = models[which];
  if (model !== undefined) return model;
  throw badRequest(
    say('The method {0} needs two models: {1} is missing.', method, which),
    say('Specify the base model (before alignment) and the aligned model that the adapter was trained on.'),
  );
}

interface Job {
  readonly matched: readonly MatchedModule[];
  readonly identities: FileIdentities;
  readonly source: ByteSource;
  readonly steps: readonly PlannedStep[];
  /** Directions that are computed: at least the `k` of each step. */
  readonly k: number;
  readonly pool: WorkerPool;
  readonly subspaces: SubspaceCache;
}

class StepRun {
  readonly outcomes: readonly StepOutcome[];
  private readonly unsettled: string[] = [];
  private readonly signals = new JobSignals();
  private readonly progress: Progress;
  private readonly queue: Iterator<MatchedModule>;

  constructor(
    private readonly job: Job,
    private readonly context: CallContext<ProgressEvent>,
  ) {
    this.outcomes = job.steps.map((step) => new StepOutcome(step));
    const matched = job.matched.filter(({ module }) => !this.outcomes.every((one) => one.skips(module.name)));
    const bytes = matched.reduce((sum, { weightBytes }) => sum + weightBytes, 0);
    this.progress = new Progress(matched.length, bytes, context.emit);
    this.queue = matched[Symbol.iterator]();
  }

  /** A module without a weight in both models. */
  async decline(module: AdapterModule, status: 'unmatched' | 'unsupported', reason: Message): Promise<void> {
    const factors =
      status === 'unmatched' ? await readLoraFactors(module, this.job.source) : ({ reason } as const);
    for (const outcome of this.outcomes) {
      if ('reason' in factors) outcome.leave(module, factors.reason);
      else outcome.leave(module, reason, factors);
    }
  }

  async run(): Promise<void> {
    const { matched, pool, source } = this.job;
    const { signal } = this.context;
    signal.throwIfAborted();
    const bytesOf = ({ shape: [m, n] }: AdapterModule): number => 8 * VECTORS * Math.max(m, n);
    const count = threadLimit(availableParallelism(), matched, bytesOf);
    // Two modules a thread: one waits while factors of the other are changed here.
    const loops = pool.threads(count).flatMap((thread) => [this.loop(thread), this.loop(thread)]);
    const report = (): void => this.progress.setBytes(this.signals.bytesDone);
    await untilDone(loops, { pool, signals: this.signals, signal, report });
    await source.assertUnchanged();
  }

  /** In the order of the adapter. */
  notes({ close, left }: StepOutcome): readonly Message[] {
    const { unsettled } = this;
    const byReason = groupBy([...left], ([, reason]) => render(reason));
    const kept = [...byReason.values()].flatMap((entries) => {
      const reason = entries[0]?.[1];
      const names = entries.map(([name]) => name);
      return reason === undefined ? [] : [say('Left unchanged: {0}. {1}', quotedList(names), reason)];
    });
    return [
      ...kept,
      ...(close.length === 0
        ? []
        : [
            say(
              'The last direction hardly differs from the next one in {0}: another direction would do equally well there.',
              quotedList(close),
            ),
          ]),
      ...(unsettled.length === 0
        ? []
        : [say('The directions are approximate in {0}: they converge slowly.', quotedList(unsettled))]),
    ];
  }

  private async loop(thread: WorkerThread): Promise<void> {
    for (let next = this.queue.next(); next.done !== true; next = this.queue.next()) {
      const match = next.value;
      const { name } = match.module;
      this.progress.startModule(name);
      await this.change(match, thread);
      this.progress.endModule();
    }
  }

  private async change(match: MatchedModule, thread: WorkerThread): Promise<void> {
    const { module } = match;
    const factors = await readLoraFactors(module, this.job.source);
    const subspaces = 'reason' in factors ? factors : await this.subspacesOf(match, thread);
    for (const outcome of this.outcomes) {
      if ('reason' in factors) outcome.leave(module, factors.reason);
      else if ('reason' in subspaces) outcome.leave(module, subspaces.reason, factors);
      else outcome.rewrite(module, factors, subspaces);
    }
    if (!('reason' in subspaces) && !subspaces.settled) this.unsettled.push(module.name);
  }

  private async subspacesOf(
    match: MatchedModule,
    thread: WorkerThread,
  ): Promise<ModuleSubspaces | NoSubspaces> {
    const { identities, k, subspaces } = this.job;
    const difference = storedDifference(match, identities);
    const known = subspaces.get(difference, k);
    if (known !== undefined) return known;
    const found = await thread.subspaces({ difference, k }, this.signals);
    subspaces.set(difference, k, found);
    return found;
  }
}
