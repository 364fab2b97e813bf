import { availableParallelism } from 'node:os';
import { quotedList } from '../core/adapter/names';
import type { Adapter, AdapterModule } from '../core/adapter/types';
import { badRequest, failure } from '../core/errors';
import { groupBy } from '../core/groupBy';
import { render, say, type Message } from '../core/message';
import type { ModelNames } from '../core/provenance';
import { defined } from '../core/record';
import type { OpenedAdapter } from '../io/openAdapter';
import { openCheckpoint } from '../io/openCheckpoint';
import { checkCancelled } from '../io/ioError';
import type { StepModule } from '../methods/types';
import type { CandidatesRequest, ProgressEvent } from '../protocol/engineApi';
import type { CallContext } from '../rpc/channel';
import { identicalModels, matchModules, modelFiles, type MatchedModule } from './matchModules';
import { identifyFiles, storedDifference, type FileIdentities } from './moduleWork';
import { Progress } from './progress';
import { stepKey, type StepCache } from './stepCache';
import { noUpdate, StepOutcome, type PlannedStep, type StepTensors } from './stepOutcome';
import { StepModules, type RecordedPasses } from './stepModules';
import { threadLimit } from './threadLimit';
import { untilDone } from './untilDone';
import { IDENTICAL_WEIGHTS } from './workers/measureModule';
import type { WorkerPool, WorkerThread } from './workers/pool';
import type { Factors, NoResult, StepResult, StepWork } from './workers/protocol';
import { JobSignals } from './workers/signals';

/** Vectors of both sides of a module: basis, two products, sums (`topSubspaces`, with all passes). */
const VECTORS = 3 * 128;

/** What a step makes of an adapter. */
export interface Stepped extends StepTensors {
  /** Modules that are left as they are. */
  readonly left: ReadonlySet<string>;
  /** Absent: no model was read. */
  readonly models?: ModelNames;
}

export interface StepInput {
  readonly request: Pick<CandidatesRequest, 'base' | 'aligned' | 'directions'>;
  readonly opened: OpenedAdapter;
  readonly safety?: OpenedAdapter;
  readonly passes?: RecordedPasses;
}

/** What outlives a call. */
export interface StepMemory {
  readonly pool: WorkerPool;
  readonly steps: StepCache;
}

/**
 * Computes the new factors of every module for each step; what is read of the models, on all threads and once for all
 * steps. They are kept in memory: as many bytes as the adapter has, for each step.
 * @throws SploraError `bad-request` if a model is missing or nothing would change; those of `matchModules`; `cancelled`; `io`
 */
export async function applySteps(
  steps: readonly PlannedStep[],
  input: StepInput,
  context: CallContext<ProgressEvent>,
  memory: StepMemory,
): Promise<readonly Stepped[]> {
  const { adapter, source } = input.opened;
  const outcomes = steps.map((step) => new StepOutcome(step));
  const modules = new StepModules(input.opened, input.safety, input.passes);
  const alone = outcomes.filter(({ step }) => step.reads === 'factors');
  const ofModels = outcomes.filter(({ step }) => step.reads !== 'factors');
  if (alone.length > 0) await rewriteAlone(alone, modules, context);
  const read =
    ofModels.length === 0 ? undefined : await runOnModels(ofModels, { ...input, modules }, context, memory);
  await source.assertUnchanged();
  if (outcomes.every(({ left }) => left.size === adapter.modules.length)) throw nothingChanges(outcomes);
  return outcomes.map((outcome) => {
    const settled = outcome.settle(adapter);
    const isOfModels = outcome.step.reads !== 'factors';
    return {
      ...settled,
      left: new Set([...outcome.left.keys(), ...outcome.spared.keys()]),
      notes: [...notesOf(outcome, adapter, isOfModels ? read?.unsettled : undefined), ...settled.notes],
      ...(isOfModels ? defined({ models: read?.models }) : {}),
    };
  });
}

function nothingChanges(outcomes: readonly StepOutcome[]): Error {
  const [first] = outcomes[0]?.left ?? [];
  return failure(
    'bad-request',
    say('No module can be changed. {0}: {1}', first?.[0] ?? '', first?.[1] ?? ''),
  );
}

/** In the order of the adapter. */
function notesOf(
  { close, left, spared }: StepOutcome,
  { modules }: Adapter,
  unsettled: ReadonlySet<string> = new Set(),
): readonly Message[] {
  const inOrder = modules.flatMap(({ name }) => {
    const reason = left.get(name) ?? spared.get(name);
    return reason === undefined ? [] : [{ name, reason }];
  });
  const byReason = groupBy(inOrder, ({ reason }) => render(reason));
  const kept = [...byReason.values()].flatMap((entries) => {
    const reason = entries[0]?.reason;
    const names = entries.map(({ name }) => name);
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
    ...(unsettled.size === 0
      ? []
      : [say('The directions are approximate in {0}: they converge slowly.', quotedList([...unsettled]))]),
  ];
}

/** Steps that read no model. */
async function rewriteAlone(
  outcomes: readonly StepOutcome[],
  modules: StepModules,
  { signal, emit }: CallContext<ProgressEvent>,
): Promise<void> {
  const all = modules.all();
  const progress = new Progress(all.length, 0, emit);
  for (const module of all) {
    checkCancelled(signal);
    progress.startModule(module.name);
    const given = await modules.read(module);
    for (const outcome of outcomes) {
      const isOther = !modules.has(module);
      const reason = 'reason' in given ? given.reason : reasonToLeave(outcome, given);
      if (isOther && (reason !== undefined || outcome.step.takesAll !== true)) continue;
      if (reason !== undefined) outcome.leave(module, reason);
      else if (!('reason' in given)) outcome.rewrite(module, given);
    }
    progress.endModule();
  }
}

/** Why a module needs no change. */
function reasonToLeave({ step }: StepOutcome, given: StepModule): Message | undefined {
  // With scale 0, factors that are added would have no effect either.
  return step.takesAll === true && given.scale !== 0 ? undefined : noUpdate(given);
}

async function runOnModels(
  outcomes: readonly StepOutcome[],
  { request, opened, modules }: StepInput & { readonly modules: StepModules },
  context: CallContext<ProgressEvent>,
  memory: StepMemory,
): Promise<{ readonly models: ModelNames; readonly unsettled: ReadonlySet<string> }> {
  const { adapter } = opened;
  const method = outcomes[0]?.method ?? '';
  const [base, aligned] = await Promise.all([
    openCheckpoint(modelOf(method, request, 'base')),
    openCheckpoint(modelOf(method, request, 'aligned')),
  ]);
  const { matched, declined } = matchModules(adapter, base, aligned);
  const identities = await identifyFiles([opened.source.path, ...modelFiles({ matched, replaced: [] })]);
  const k = outcomes.reduce(
    (most, { step }) => (step.reads === 'subspaces' ? Math.max(most, step.k) : most),
    request.directions ?? 0,
  );
  const isPrecise = outcomes.some(({ step }) => step.reads === 'subspaces' && step.isPrecise === true);
  const run = new StepRun({ matched, identities, modules, outcomes, k, isPrecise, ...memory }, context);
  const byName = new Map(adapter.modules.map((module) => [module.name, module]));
  for (const { name, status, reason } of declined) {
    const module = byName.get(name);
    if (module !== undefined) await run.decline(module, status, reason);
  }
  await run.run();
  const reasons = outcomes.flatMap(({ left }) => [...left.values()]);
  const isIdentical =
    reasons.length === outcomes.length * adapter.modules.length &&
    reasons.every(({ text }) => text === IDENTICAL_WEIGHTS.text);
  if (isIdentical) throw identicalModels(base, aligned);
  return { models: { base: base.path, aligned: aligned.path }, unsettled: run.unsettled };
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

interface Job extends StepMemory {
  readonly matched: readonly MatchedModule[];
  readonly identities: FileIdentities;
  readonly modules: StepModules;
  readonly outcomes: readonly StepOutcome[];
  /** Directions that are computed: at least the `k` of each step. */
  readonly k: number;
  /** As closely as one of the steps needs them. */
  readonly isPrecise: boolean;
}

class StepRun {
  /** Modules whose directions are approximate. */
  readonly unsettled = new Set<string>();
  private readonly signals = new JobSignals();
  private readonly progress: Progress;
  private readonly queue: Iterator<MatchedModule>;

  constructor(
    private readonly job: Job,
    private readonly context: CallContext<ProgressEvent>,
  ) {
    const matched = job.matched.filter(({ module }) => !job.outcomes.every((one) => one.skips(module.name)));
    const bytes = matched.reduce((sum, { weightBytes }) => sum + weightBytes, 0);
    this.progress = new Progress(matched.length, bytes, context.emit);
    this.queue = matched[Symbol.iterator]();
  }

  /** A module without a weight in both models. */
  async decline(module: AdapterModule, status: 'unmatched' | 'unsupported', reason: Message): Promise<void> {
    const given = status === 'unmatched' ? await this.job.modules.read(module) : ({ reason } as const);
    for (const outcome of this.job.outcomes) {
      if ('reason' in given) outcome.leave(module, given.reason);
      else outcome.leave(module, reason, given);
    }
  }

  async run(): Promise<void> {
    const { matched, pool } = this.job;
    const { signal } = this.context;
    checkCancelled(signal);
    const bytesOf = ({ shape: [m, n] }: AdapterModule): number => 8 * VECTORS * Math.max(m, n);
    const count = threadLimit(availableParallelism(), matched, bytesOf);
    // Two modules a thread: one waits while factors of the other are changed here.
    const loops = pool.threads(count).flatMap((thread) => [this.loop(thread), this.loop(thread)]);
    const report = (): void => this.progress.setBytes(this.signals.bytesDone);
    await untilDone(loops, { pool, signals: this.signals, signal, report });
  }

  private async loop(thread: WorkerThread): Promise<void> {
    for (let next = this.queue.next(); next.done !== true; next = this.queue.next()) {
      const match = next.value;
      this.progress.startModule(match.module.name);
      await this.change(match, thread);
      this.progress.endModule();
    }
  }

  private async change(match: MatchedModule, thread: WorkerThread): Promise<void> {
    const { module } = match;
    const { modules, outcomes } = this.job;
    const given = await modules.read(module);
    const computed = new Map<string, StepResult | NoResult>();
    for (const outcome of outcomes) {
      const reason = 'reason' in given ? given.reason : reasonToLeave(outcome, given);
      if (reason !== undefined) outcome.leave(module, reason);
      if (reason !== undefined || 'reason' in given || outcome.skips(module.name)) continue;
      const work = this.workOf(outcome, match, given);
      const key = stepKey(work);
      const result = computed.get(key) ?? (await this.compute(key, work, thread));
      computed.set(key, result);
      if ('reason' in result) outcome.leave(module, result.reason, given);
      else outcome.rewrite(module, given, result);
      if (!('reason' in result) && result.kind !== 'products' && !result.settled)
        this.unsettled.add(module.name);
    }
  }

  private workOf({ step }: StepOutcome, match: MatchedModule, given: StepModule): StepWork {
    const difference = storedDifference(match, this.job.identities);
    if (step.reads === 'masked')
      return { kind: 'masked', difference, factors: floatsOf(given), mask: step.mask, k: step.k };
    if (step.reads === 'products') return { kind: 'products', difference, factors: floatsOf(given) };
    const { k, isPrecise } = this.job;
    return { kind: 'subspaces', difference, k, isPrecise };
  }

  private async compute(key: string, work: StepWork, thread: WorkerThread): Promise<StepResult | NoResult> {
    const { steps } = this.job;
    const known = steps.get(key);
    if (known !== undefined) return known;
    const found = await thread.compute(work, this.signals);
    steps.set(key, found);
    return found;
  }
}

function floatsOf({ m, n, rank, scale, a, b }: StepModule): Factors {
  return { m, n, rank, scale, a: Float32Array.from(a), b: Float32Array.from(b) };
}
