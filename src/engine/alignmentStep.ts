import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { quotedList } from '../core/adapter/names';
import type { AdapterModule } from '../core/adapter/types';
import { randomSubspace, type Vectors } from '../core/algebra/topSubspaces';
import { badRequest, failure } from '../core/errors';
import { groupBy } from '../core/groupBy';
import { render, say, type Message } from '../core/message';
import type { ModelNames } from '../core/provenance';
import { displayName } from '../core/safetensors/displayName';
import { isArithmeticDtype } from '../core/safetensors/dtype';
import { readElements, writeElements } from '../core/safetensors/elements';
import type { TensorInfo } from '../core/safetensors/types';
import type { TensorFate } from '../core/safetensors/writePlan';
import type { ByteSource } from '../io/byteSource';
import type { OpenedAdapter } from '../io/openAdapter';
import { openCheckpoint } from '../io/openCheckpoint';
import type { AlignmentStep, AlignmentSubspaces, LoraFactors } from '../methods/types';
import type { CandidatesRequest, ProgressEvent } from '../protocol/engineApi';
import type { CallContext } from '../rpc/channel';
import { identicalModels, matchModules, modelFiles, type MatchedModule } from './matchModules';
import { identifyFiles, storedDifference, type FileIdentities } from './moduleWork';
import { Progress } from './progress';
import type { SubspaceCache } from './subspaceCache';
import { threadLimit } from './threadLimit';
import { untilDone } from './untilDone';
import { IDENTICAL_WEIGHTS } from './workers/measureModule';
import type { WorkerPool, WorkerThread } from './workers/pool';
import type { ModuleSubspaces, NoSubspaces } from './workers/protocol';
import { JobSignals } from './workers/signals';

/** Vectors of both sides of `V`: basis, two products, sums (`topSubspaces`, with all passes). */
const VECTORS = 3 * 128;
/** A singular value that exceeds the next one by less (relative): which direction is the k-th is up to small changes. */
const CLOSE = 0.01;

/** A step of one candidate. */
export interface PlannedStep {
  /** Id, for errors. */
  readonly method: string;
  readonly step: AlignmentStep;
  /** On random directions, for comparison. */
  readonly isRandom: boolean;
}

/** What an alignment step makes of an adapter. */
export interface Aligned {
  readonly tensors: ReadonlyMap<string, TensorFate>;
  /** Modules that are left as they are. */
  readonly left: ReadonlySet<string>;
  readonly notes: readonly Message[];
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
  const modules = new Set(adapter.modules.map(({ name }) => name));
  const identities = await identifyFiles([source.path, ...modelFiles({ matched, replaced: [] })]);
  const k = steps.reduce((most, { step }) => Math.max(most, step.k), request.directions ?? 0);
  const run = new StepRun({ matched, identities, source, steps, k, ...memory }, context);
  for (const { name, reason } of declined) if (modules.has(name)) run.left.set(name, reason);
  await run.run();
  const reasons = [...run.left.values()];
  if (run.left.size === modules.size) {
    if (reasons.every(({ text }) => text === IDENTICAL_WEIGHTS.text)) throw identicalModels(base, aligned);
    const [first] = run.left;
    throw failure(
      'bad-request',
      say('No module can be changed. {0}: {1}', first?.[0] ?? '', first?.[1] ?? ''),
    );
  }
  const models = { base: base.path, aligned: aligned.path };
  const left = new Set(run.left.keys());
  return run.outcomes.map((outcome) => ({
    ...{ tensors: outcome.tensors, left, models },
    notes: run.notes(outcome),
  }));
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
    say('Give the base model (before alignment) and the aligned model that the adapter was trained on.'),
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

/** What becomes of the adapter in one step. */
interface Outcome extends PlannedStep {
  readonly tensors: Map<string, TensorFate>;
  /** Modules whose last direction hardly differs from the next. */
  readonly close: string[];
}

class StepRun {
  readonly outcomes: readonly Outcome[];
  readonly left = new Map<string, Message>();
  private readonly unsettled: string[] = [];
  private readonly signals = new JobSignals();
  private readonly progress: Progress;
  private readonly queue: Iterator<MatchedModule>;

  constructor(
    private readonly job: Job,
    private readonly context: CallContext<ProgressEvent>,
  ) {
    const { matched, steps } = job;
    this.outcomes = steps.map((step) => ({ ...step, tensors: new Map(), close: [] }));
    const bytes = matched.reduce((sum, { weightBytes }) => sum + weightBytes, 0);
    this.progress = new Progress(matched.length, bytes, context.emit);
    this.queue = matched[Symbol.iterator]();
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
  notes({ close }: Outcome): readonly Message[] {
    const { left, unsettled } = this;
    const byReason = groupBy([...left], ([, reason]) => render(reason));
    const kept = [...byReason.values()].flatMap((entries) => {
      const reason = entries[0]?.[1];
      const names = entries.map(([name]) => name);
      return reason === undefined ? [] : [say('Left as they are: {0}. {1}', quotedList(names), reason)];
    });
    return [
      ...kept,
      ...(close.length === 0
        ? []
        : [
            say(
              'The last direction hardly differs from the next one in {0}: there another one would have done as well.',
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
      const reason = await this.change(match, thread);
      if (reason !== undefined) this.left.set(name, reason);
      this.progress.endModule();
    }
  }

  /** Returns why the module is left as it is. */
  private async change(match: MatchedModule, thread: WorkerThread): Promise<Message | undefined> {
    const { module } = match;
    const factors = await readFactors(module, this.job.source);
    if ('reason' in factors) return factors.reason;
    const subspaces = await this.subspacesOf(match, thread);
    if ('reason' in subspaces) return subspaces.reason;
    if (!subspaces.settled) this.unsettled.push(module.name);
    for (const outcome of this.outcomes) this.rewrite(outcome, module, factors, subspaces);
    return undefined;
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

  private rewrite(
    { step, isRandom, tensors, close }: Outcome,
    module: AdapterModule,
    factors: LoraFactors,
    subspaces: ModuleSubspaces,
  ): void {
    const { name } = module;
    const { m, n, rank } = factors;
    const top = firstOf(subspaces, step.k);
    if (!isRandom && top.next > (1 - CLOSE) * (top.values.at(-1) ?? 0)) close.push(name);
    const { a, b } = step.rewrite(factors, isRandom ? randomLike(top, name) : top);
    if (a !== undefined) write(tensors, module.a, module.transposed ? transposed(a, rank, n) : a);
    if (b !== undefined) write(tensors, module.b, module.transposed ? transposed(b, m, rank) : b);
  }
}

/** The first k of more directions. */
function firstOf({ output, input, values, next, settled }: ModuleSubspaces, k: number): ModuleSubspaces {
  return {
    output: output.slice(0, k),
    input: input.slice(0, k),
    values: values.slice(0, k),
    next: values[k] ?? next,
    settled,
  };
}

/** As many random directions, the same ones for a module each time. */
function randomLike({ output, input, values }: ModuleSubspaces, module: string): AlignmentSubspaces {
  const seed = createHash('sha256').update(module).digest().readInt32LE();
  const random = (vectors: Vectors, salt: number): Vectors =>
    randomSubspace(vectors[0]?.length ?? 0, vectors.length, seed ^ salt);
  return { output: random(output, 0), input: random(input, 1), values };
}

function write(
  tensors: Map<string, TensorFate>,
  { name, dtype, shape }: TensorInfo,
  values: Float64Array,
): void {
  const bytes = isArithmeticDtype(dtype) ? writeElements(values, dtype) : undefined;
  if (bytes === undefined)
    throw failure('bad-request', say('Tensor {0} does not fit its dtype {1}', displayName(name), dtype));
  tensors.set(name, { shape, transform: () => bytes });
}

async function readFactors(
  { a, b, shape: [m, n], rank, transposed: isTransposed }: AdapterModule,
  source: ByteSource,
): Promise<LoraFactors | { readonly reason: Message }> {
  const [left, right] = await Promise.all([readFactor(a, source), readFactor(b, source)]);
  if (left === undefined || right === undefined)
    return { reason: say('The adapter contains {0} and {1}, not F64, F32, F16, or BF16.', a.dtype, b.dtype) };
  if (!left.every(Number.isFinite) || !right.every(Number.isFinite))
    return { reason: say('lora_A or lora_B contains NaN or infinity.') };
  if (left.every(isZero) || right.every(isZero))
    return { reason: say('The update is zero: this module changes nothing.') };
  return {
    ...{ m, n, rank },
    a: isTransposed ? transposed(left, n, rank) : left,
    b: isTransposed ? transposed(right, rank, m) : right,
  };
}

const isZero = (value: number): boolean => value === 0;

async function readFactor(info: TensorInfo, source: ByteSource): Promise<Float64Array | undefined> {
  if (!isArithmeticDtype(info.dtype)) return undefined;
  const bytes = new Uint8Array(info.byteLength);
  await source.readInto(bytes, info.offset);
  return readElements(bytes, info.dtype);
}

function transposed(values: Float64Array, rows: number, columns: number): Float64Array {
  const result = new Float64Array(values.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) result[j * rows + i] = values[i * columns + j] ?? 0;
  }
  return result;
}
