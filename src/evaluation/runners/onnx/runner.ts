import { failure } from '../../../core/errors';
import { verbatim } from '../../../core/message';
import type { RunnerRecord, VariantCost } from '../../../core/results/evaluation/types';
import type { Chat } from '../../chat/chat';
import type {
  Continuation,
  ContinuationScore,
  GeneratedAnswer,
  Question,
  Runner,
  RunOptions,
  Variant,
} from '../types';
import { checkCancelled } from '../../../io/ioError';
import { noFactors, readFactors, type Factors } from './adapters';
import { KeyValueCache } from './cache';
import { COST_POSITIONS, measureSpeeds } from './costs';
import { combine, shareBatches } from './combine';
import { cacheSize, memoryNeeded, refuseTooLarge, scoredPositions, type Workload } from './estimate';
import { computedParameters } from './decoder';
import { Generation, type GenerationRow } from './generate';
import { decoderModel } from './graph';
import { DecoderMachine, type AdapterFeeds, type Gate } from './machine';
import { openModel } from './model';
import type { OrtSession } from './ort';
import { Pace } from './pace';
import { scoreAll, type ScoreRow } from './score';
import { openSession } from './session';
import { Tokens } from './tokens';

export interface OnnxRunnerOptions {
  /** Folder, file, or repo id in the local Hugging Face cache. */
  readonly model: string;
  readonly variants: readonly Variant[];
  readonly chat: Chat;
  /** Threads of ONNX Runtime. */
  readonly threads: number;
  /** Heard between the steps of loading. */
  readonly signal?: AbortSignal;
}

/**
 * Adapters share a batch while they add at most this share to what the model computes. 16 rows take 5.0 ms each on a
 * Llama of 135M parameters, 64 rows 3.1 ms, and with twice the ranks 3.2 ms.
 */
const SHARED_SHARE_MAX = 0.2;
/** What is timed for the costs: a few short prompts. */
const COST_ROWS = 4;
const COST_TOKENS = 32;
/** A model is not loaded where not even this much fits into memory besides. */
const LEAST_WORKLOAD: Pick<Workload, 'rows' | 'longest'> = { rows: 4, longest: 256 };

/**
 * Loads a model and its adapters to answer with them in this process.
 * @throws SploraError those of `openModel` and `readFactors`; 'io' where the memory does not suffice; 'cancelled'
 */
export async function createOnnxRunner(options: OnnxRunnerOptions): Promise<Runner> {
  const { signal } = options;
  const model = await openModel(options.model);
  checkCancelled(signal);
  const factors = new Map<string | null, Factors>();
  for (const { adapter } of options.variants) {
    if (factors.has(adapter)) continue;
    factors.set(
      adapter,
      adapter === null ? noFactors(model.decoder) : await readFactors(adapter, model.decoder),
    );
    checkCancelled(signal);
  }
  // The factors are loaded already.
  refuseTooLarge(model, memoryNeeded(model, LEAST_WORKLOAD, { before: 0, factorBytes: 0 }));
  const graph = decoderModel(model.decoder, model.places.find);
  const session = await openSession(graph, model, { threads: options.threads });
  return new OnnxRunner(options, session, new DecoderMachine(session, model.decoder), factors);
}

interface PreparedRow {
  readonly key: string;
  readonly batch: SharedBatch;
  readonly gate: Gate;
  readonly prompt: readonly number[];
}

interface PreparedContinuation extends PreparedRow {
  readonly continuation: readonly number[];
}

/** Adapters whose rows are computed together. */
interface SharedBatch {
  readonly feeds: AdapterFeeds;
  readonly masks: ReadonlyMap<string | null, Float32Array>;
}

class OnnxRunner implements Runner {
  readonly record: RunnerRecord;
  readonly notes: Runner['notes'];
  private readonly variants: ReadonlyMap<string, Variant>;
  private readonly batches: ReadonlyMap<string | null, SharedBatch>;
  private readonly pace = new Pace();
  private cache: KeyValueCache | undefined;

  constructor(
    private readonly options: OnnxRunnerOptions,
    private readonly session: OrtSession,
    private readonly machine: DecoderMachine,
    private readonly factors: ReadonlyMap<string | null, Factors>,
  ) {
    const { chat, variants } = options;
    this.record = {
      kind: 'onnx',
      software: `onnxruntime-node ${session.version}`,
      precision: 'float32',
      ...chat.records,
    };
    this.notes = [...chat.notes, ...[...factors.values()].flatMap(({ notes }) => notes)];
    this.variants = new Map(variants.map((variant) => [variant.id, variant]));
    this.batches = sharedBatches(machine, factors);
  }

  async generate(
    questions: readonly Question[],
    { signal, maxNewTokens }: RunOptions & { readonly maxNewTokens: number },
    onAnswer: (answer: GeneratedAnswer) => void,
  ): Promise<void> {
    const { chat } = this.options;
    const { context } = this.machine.decoder;
    const asked = this.tokens(signal);
    const rows: PreparedRow[] = [];
    for (const question of questions) rows.push(await this.prepared(question, asked));
    const limit = ({ prompt }: PreparedRow): number => Math.min(maxNewTokens, context - prompt.length);
    const cache = this.cacheFor(rows, (row) => row.prompt.length + limit(row));
    for (const [{ feeds: adapters }, group] of grouped(rows, ({ prompt }) => prompt.length)) {
      const generation = new Generation({
        ...{ machine: this.machine, cache, pace: this.pace, signal, adapters },
        endTokens: chat.tokenizer.endTokens,
      });
      const onEnd =
        ({ key }: PreparedRow): GenerationRow['onEnd'] =>
        (answer, ended) =>
          onAnswer({ key, text: chat.tokenizer.decode(answer), tokens: answer.length, ended });
      await generation.run(group.map((row) => ({ ...row, limit: limit(row), onEnd: onEnd(row) })));
    }
  }

  async score(
    continuations: readonly Continuation[],
    { signal }: RunOptions,
    onScore: (score: ContinuationScore) => void,
  ): Promise<void> {
    const tokens = this.tokens(signal);
    const rows: PreparedContinuation[] = [];
    for (const asked of continuations) {
      const continuation = await tokens.answer(asked);
      // One score less is no reason to end after all answers.
      if (continuation === undefined) onScore({ key: asked.key, logProbabilities: [], isTop: [] });
      else rows.push({ ...(await this.prepared(asked, tokens)), continuation });
    }
    const length = ({ prompt, continuation }: PreparedContinuation): number =>
      prompt.length + continuation.length;
    const cache = this.cacheFor(rows, length);
    for (const [{ feeds: adapters }, group] of grouped(rows, length)) {
      const asked: ScoreRow[] = group.map(({ key, prompt, continuation, gate }) => ({
        ...{ prompt, continuation, gate },
        onScore: (logProbabilities, isTop) => onScore({ key, logProbabilities, isTop }),
      }));
      await scoreAll(asked, {
        ...{ machine: this.machine, cache, pace: this.pace, signal, adapters },
        positions: scoredPositions(this.machine.decoder),
      });
    }
  }

  async costs({ signal }: RunOptions): Promise<ReadonlyMap<string, VariantCost>> {
    const { context } = this.machine.decoder;
    const tokens = Math.max(1, Math.min(COST_TOKENS, context - COST_POSITIONS));
    const cache = this.cacheOf(COST_ROWS, tokens + COST_POSITIONS);
    const alone = new Map([...this.factors].map(([adapter, each]) => [adapter, this.machine.feedsOf(each)]));
    const speeds = await measureSpeeds(alone, {
      ...{ machine: this.machine, cache, rows: Math.min(COST_ROWS, cache.slots), tokens, signal },
    });
    return new Map(
      [...this.variants.values()].map(({ id, adapter }) => {
        const { bytes = 0, multiplyAdds = 0 } = this.factors.get(adapter) ?? {};
        return [id, { bytes, multiplyAdds, ...speeds.get(adapter) }];
      }),
    );
  }

  async close(): Promise<void> {
    this.cache = undefined;
    await this.session.release();
  }

  private async prepared(question: Question, tokens: Tokens): Promise<PreparedRow> {
    const { key, variant: id } = question;
    const variant = this.variants.get(id);
    if (variant === undefined) throw failure('internal', verbatim(`no variant ${id}`));
    const { adapter, scale } = variant;
    const batch = this.batches.get(adapter);
    const mask = batch?.masks.get(adapter);
    if (batch === undefined || mask === undefined)
      throw failure('internal', verbatim(`adapter ${adapter ?? ''} is not loaded`));
    return { key, batch, gate: { mask, scale, variant: id }, prompt: await tokens.prompt(question) };
  }

  private tokens(signal: AbortSignal): Tokens {
    return new Tokens({ chat: this.options.chat, decoder: this.machine.decoder, signal });
  }

  private cacheFor<Row>(rows: readonly Row[], length: (row: Row) => number): KeyValueCache {
    return this.cacheOf(
      rows.length,
      rows.reduce((longest, row) => Math.max(longest, length(row)), 1),
    );
  }

  /** A cache for rows of at most `longest` tokens, as many at once as fit into memory; the one before where it does. */
  private cacheOf(rows: number, longest: number): KeyValueCache {
    const { decoder } = this.machine;
    const { slots, positions } = cacheSize(decoder, { rows, longest });
    const { cache } = this;
    if (cache !== undefined && cache.slots >= slots && cache.positions >= positions) return cache;
    // The old one may be collected before the new one is made.
    this.cache = undefined;
    this.cache = new KeyValueCache(decoder, slots, positions);
    return this.cache;
  }
}

/** Rows that are computed together, the longest first. */
function grouped<Row extends PreparedRow>(
  rows: readonly Row[],
  length: (row: Row) => number,
): Map<SharedBatch, Row[]> {
  const groups = new Map<SharedBatch, Row[]>();
  for (const row of rows) {
    const group = groups.get(row.batch);
    if (group === undefined) groups.set(row.batch, [row]);
    else group.push(row);
  }
  for (const group of groups.values()) group.sort((a, b) => length(b) - length(a));
  return groups;
}

function sharedBatches(
  machine: DecoderMachine,
  factors: ReadonlyMap<string | null, Factors>,
): ReadonlyMap<string | null, SharedBatch> {
  const all = [...factors].map(([adapter, each]) => ({ adapter, each, multiplyAdds: each.multiplyAdds }));
  const most = SHARED_SHARE_MAX * computedParameters(machine.decoder);
  const batches = new Map<string | null, SharedBatch>();
  for (const group of shareBatches(all, most)) {
    const { factors: combined, masks } = combine(group.map(({ each }) => each));
    const batch = {
      feeds: machine.feedsOf(combined),
      masks: new Map(group.map(({ adapter }, at) => [adapter, masks[at] ?? new Float32Array()])),
    };
    for (const { adapter } of group) batches.set(adapter, batch);
  }
  return batches;
}
