import { bareName } from '../../../core/checkpoint/tensorIndex';
import { badRequest, failure } from '../../../core/errors';
import { say, verbatim } from '../../../core/message';
import { displayName } from '../../../core/safetensors/displayName';
import { checkCancelled } from '../../../io/ioError';
import { openAdapter } from '../../../io/openAdapter';
import type { Chat } from '../../chat/chat';
import type {
  GateAnswer,
  GateContinuation,
  GatePrompt,
  GateQuestion,
  GateRunner,
  GateStep,
  GateVector,
  LossTerm,
  StepEstimate,
  TermResult,
} from '../gates';
import type { ContinuationScore, RunOptions } from '../types';
import { factorsOf, type Factors } from './adapters';
import { KeyValueCache } from './cache';
import { combine } from './combine';
import { availableMemory, cacheSize, probeSpeed, refuseTooLarge } from './estimate';
import { Generation, type GenerationRow } from './generate';
import { gradientBatches, sizeOf, type NumberedBatch } from './gradient/batches';
import { GateRanks } from './gradient/gates';
import {
  gateTargetsMax,
  gradientBytes,
  gradientSeconds,
  GRADIENT_TOKENS_MIN,
  layerWork,
} from './gradient/memory';
import { GateSessions } from './gradient/sessions';
import type { Gate } from './machine';
import { openModel, type KnownModel } from './model';
import { ortSoftware } from './ort';
import { breathe, Pace } from './pace';
import { scoreAll } from './score';
import { Tokens } from './tokens';

export interface OnnxGateRunnerOptions {
  /** Folder, file, or repo id in the local Hugging Face cache. */
  readonly model: string;
  /** Folder or weights file. */
  readonly adapter: string;
  /** The same adapter as method `cut` writes it; absent: gates have no `off`. */
  readonly cut?: string;
  readonly chat: Chat;
  /** Threads of ONNX Runtime. */
  readonly threads: number;
}

/**
 * Loads an adapter to fit its gates in this process; the model itself is loaded when it is first asked.
 * @throws SploraError those of `openModel` and `readFactors`; 'wrong-models' where the cut is of another adapter; 'io'
 * where the memory does not suffice
 */
export async function createOnnxGateRunner(options: OnnxGateRunnerOptions): Promise<GateRunner> {
  const model = await openModel(options.model);
  const whole = await readAdapter(options.adapter, model);
  const cut = options.cut === undefined ? undefined : await readAdapter(options.cut, model);
  if (cut !== undefined) checkCut(options.cut ?? '', whole.modules, cut.modules);
  const copies = [whole.factors, ...(cut === undefined ? [] : [cut.factors])];
  const { factors } = combine(copies);
  refuseTooLarge(model, gradientBytes(model, { rows: 1, width: GRADIENT_TOKENS_MIN, shared: 0, places: 1 }));
  return new OnnxGateRunner({
    ...{ options, model, modules: whole.modules, isSplit: cut !== undefined },
    software: await ortSoftware(),
    ranks: new GateRanks(model.decoder, whole.modules, copies),
    sessions: new GateSessions(model, factors, options.threads),
  });
}

async function readAdapter(
  path: string,
  { decoder }: KnownModel,
): Promise<{ readonly factors: Factors; readonly modules: readonly string[] }> {
  const { adapter, source } = await openAdapter(path);
  try {
    const modules = adapter.modules.map(({ name }) => name);
    return { factors: await factorsOf(adapter, decoder, source), modules };
  } finally {
    await source.close();
  }
}

function checkCut(path: string, modules: readonly string[], own: readonly string[]): void {
  const known = new Set(modules.map(bareName));
  const strange = own.find((name) => !known.has(bareName(name)));
  if (strange === undefined) return;
  throw failure(
    'wrong-models',
    say('Module {0} is not in the adapter', displayName(strange)),
    path,
    say('Write the subspace cut of this adapter.'),
  );
}

interface Parts {
  readonly options: OnnxGateRunnerOptions;
  readonly model: KnownModel;
  readonly modules: readonly string[];
  readonly isSplit: boolean;
  readonly ranks: GateRanks;
  readonly sessions: GateSessions;
  readonly software: string;
}

class OnnxGateRunner implements GateRunner {
  readonly record: GateRunner['record'];
  readonly notes: GateRunner['notes'];
  readonly modules: readonly string[];
  readonly isSplit: boolean;
  private readonly pace = new Pace();
  private cache: KeyValueCache | undefined;

  constructor(private readonly parts: Parts) {
    const { options, software, modules, isSplit } = parts;
    const { records, notes } = options.chat;
    this.record = { kind: 'onnx', software, precision: 'float32', ...records };
    this.notes = notes;
    this.modules = modules;
    this.isSplit = isSplit;
  }

  async step(terms: readonly LossTerm[], gates: GateVector, { signal }: RunOptions): Promise<GateStep> {
    const { ranks, sessions } = this.parts;
    this.checkGates(gates);
    const batches = await this.batches(terms, signal);
    const byRanks = ranks.ofRanks(gates);
    const results: TermResult[] = [];
    const gradients: Float32Array[] = [];
    for (const batch of batches) {
      checkCancelled(signal);
      const machine = await sessions.gradient(sizeOf(batch));
      const { results: own, gradient } = await machine.run(batch, byRanks);
      own.forEach((result, at) => (results[batch.numbers[at] ?? -1] = result));
      gradients.push(gradient);
      await breathe();
    }
    checkCancelled(signal);
    const loss = results.reduce((sum, each) => sum + each.loss, 0);
    return { terms: results, loss, gradient: ranks.gradient(gradients, gates.off !== undefined) };
  }

  async estimate(terms: readonly LossTerm[], { signal }: RunOptions): Promise<StepEstimate> {
    const { model, options } = this.parts;
    const before = process.memoryUsage.rss();
    const sizes = (await this.batches(terms, signal)).map(sizeOf);
    const speed = await probeSpeed(options.threads);
    return {
      seconds: sizes.reduce((sum, size) => sum + gradientSeconds(model.decoder, size, speed), 0),
      bytes: before + sizes.reduce((most, size) => Math.max(most, gradientBytes(model, size)), 0),
      availableBytes: before + availableMemory(),
    };
  }

  async encode(question: Omit<GateQuestion, 'gates'>, text: string): Promise<readonly number[] | undefined> {
    const tokens = this.tokens(new AbortController().signal);
    return await tokens.answer({ ...question, variant: '', text });
  }

  async generate(
    questions: readonly GateQuestion[],
    { signal, maxNewTokens }: RunOptions & { readonly maxNewTokens: number },
    onAnswer: (answer: GateAnswer) => void,
  ): Promise<void> {
    const { tokenizer } = this.parts.options.chat;
    const { context } = this.parts.model.decoder;
    const tokens = this.tokens(signal);
    const rows: GenerationRow[] = [];
    for (const question of questions) {
      const prompt = await tokens.prompt(question);
      rows.push({
        ...{ prompt, gate: this.gate(question), limit: Math.min(maxNewTokens, context - prompt.length) },
        onEnd: (ids, ended, all) => {
          const text = tokenizer.decode(ids);
          onAnswer({ key: question.key, text, tokens: ids.length, ended, ids: all });
        },
      });
    }
    rows.sort((one, other) => other.prompt.length - one.prompt.length);
    const { machine, adapters } = await this.parts.sessions.decoder();
    const cache = this.cacheFor(rows.map(({ prompt, limit }) => prompt.length + limit));
    const { endTokens } = tokenizer;
    await new Generation({ machine, cache, pace: this.pace, adapters, endTokens, signal }).run(rows);
  }

  async score(
    continuations: readonly GateContinuation[],
    { signal }: RunOptions,
    onScore: (score: ContinuationScore) => void,
  ): Promise<void> {
    const tokens = this.tokens(signal);
    const rows: Parameters<typeof scoreAll>[0][number][] = [];
    for (const asked of continuations) {
      const prompt = await tokens.prompt(asked);
      this.checkTargets(asked.targets, prompt);
      rows.push({
        ...{ prompt, continuation: asked.targets, gate: this.gate(asked) },
        onScore: (logProbabilities, isTop) => onScore({ key: asked.key, logProbabilities, isTop }),
      });
    }
    const length = ({ prompt, continuation }: (typeof rows)[number]): number =>
      prompt.length + continuation.length;
    rows.sort((one, other) => length(other) - length(one));
    const { machine, adapters } = await this.parts.sessions.decoder();
    const cache = this.cacheFor(rows.map(length));
    const positions = gateTargetsMax(this.parts.model.decoder);
    await scoreAll(rows, { machine, cache, pace: this.pace, adapters, positions, signal });
  }

  async close(): Promise<void> {
    this.cache = undefined;
    await this.parts.sessions.close();
  }

  private async batches(terms: readonly LossTerm[], signal: AbortSignal): Promise<NumberedBatch[]> {
    const { sessions, model } = this.parts;
    const tokens = this.tokens(signal);
    const prompts = new Map<GatePrompt, readonly number[]>();
    for (const term of terms) prompts.set(term.prompt, await this.checkedPrompt(term, tokens));
    return gradientBatches(terms, {
      prompt: (prompt) => prompts.get(prompt) ?? [],
      tokens: sessions.batchTokens(),
      targets: gateTargetsMax(model.decoder),
      work: (size) => layerWork(model.decoder, size),
    });
  }

  private tokens(signal: AbortSignal): Tokens {
    const { options, model } = this.parts;
    return new Tokens({ chat: options.chat, decoder: model.decoder, signal });
  }

  private async checkedPrompt(term: LossTerm, tokens: Tokens): Promise<readonly number[]> {
    const { messages, label } = term.prompt;
    const prompt = await tokens.prompt({ key: '', messages, ...(label === undefined ? {} : { label }) });
    const all = term.kind === 'margin' ? [term.preferred, term.other] : [term.targets];
    for (const targets of all) this.checkTargets(targets, prompt);
    return prompt;
  }

  private checkTargets(targets: readonly number[], prompt: readonly number[]): void {
    const { context, vocabulary } = this.parts.model.decoder;
    const known = targets.every((id) => Number.isInteger(id) && id >= 0 && id < vocabulary);
    if (targets.length === 0 || !known || prompt.length + targets.length > context)
      throw failure('internal', verbatim('targets that the model cannot read'));
  }

  private checkGates({ on, off }: GateVector): void {
    const { length } = this.modules;
    if (on.length !== length || (off !== undefined && off.length !== length))
      throw failure('internal', verbatim(`gates for ${on.length} modules, not ${length}`));
    if (off !== undefined && !this.isSplit)
      throw badRequest(
        say('Split gates need the subspace cut of the adapter'),
        say('Write it with method cut, or fit plain gates.'),
      );
  }

  private gate({ gates, key }: GateQuestion): Gate {
    this.checkGates(gates);
    return { mask: this.parts.ranks.ofRanks(gates), scale: 1, variant: key };
  }

  /** For rows of so many tokens; the one before where it does. */
  private cacheFor(lengths: readonly number[]): KeyValueCache {
    const { decoder } = this.parts.model;
    const longest = lengths.reduce((most, length) => Math.max(most, length), 1);
    const { slots, positions } = cacheSize(decoder, { rows: Math.max(1, lengths.length), longest });
    const { cache } = this;
    if (cache !== undefined && cache.slots >= slots && cache.positions >= positions) return cache;
    // The old one may be collected before the new one is made.
    this.cache = undefined;
    this.cache = new KeyValueCache(decoder, slots, positions);
    return this.cache;
  }
}
