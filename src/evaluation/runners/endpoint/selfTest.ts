import { randomBytes } from 'node:crypto';
import { SploraError } from '../../../core/errors';
import { say, type Message } from '../../../core/message';
import { displayName } from '../../../core/safetensors/displayName';
import type { Variant } from '../types';
import { MIXES, type Asker, type Conversation } from './asker';
import type { ChatReply } from './chatReply';
import type { EndpointClient } from './client';
import type { ChatOptions, Served } from './servers/types';

export interface SelfTestOptions {
  readonly served: Served;
  readonly client: EndpointClient;
  readonly asker: Asker;
  readonly variants: readonly Variant[];
  /** Unlike each other. */
  readonly probes: readonly [Conversation, Conversation, Conversation];
  /** Requests at once, as in the run itself. */
  readonly atOnce: number;
  readonly signal: AbortSignal;
}

export interface SelfTestResult {
  /** Share of questions that were answered differently when they were asked again at once. */
  readonly noiseFloor: number;
  readonly notes: readonly Message[];
}

/** A cache that mixes adapters shows only in answers that are longer than their prompts. */
const TOKENS_MAX = 64;

/**
 * Whether the server answers with the adapter that it is asked for, which status 200 does not say: model alone, adapter,
 * adapter again on a prompt that it has never seen, model alone again, and an adapter that cannot exist.
 * @throws SploraError 'endpoint': the first thing that is wrong, the server's version, what to do
 */
export async function selfTest(options: SelfTestOptions): Promise<SelfTestResult> {
  const test = new SelfTest(options);
  const base = options.variants.find(({ adapter }) => adapter === null);
  const adapted = options.variants.filter(({ adapter, scale }) => adapter !== null && scale !== 0);
  const [adapter] = adapted;
  const alone = base === undefined ? undefined : await test.twice(base);
  for (const variant of adapted) {
    const answers = variant === adapter ? await test.twice(variant) : await test.known(variant);
    if (alone !== undefined) test.applied(alone, answers, variant);
    if (variant === adapter && base !== undefined) await test.onUnseen(base, variant, answers);
  }
  if (adapter !== undefined) {
    if (base !== undefined && alone !== undefined) test.unchanged(alone, await test.known(base), base);
    await test.absent(alone, adapter);
  }
  const { noiseFloor, notes } = test;
  return {
    noiseFloor,
    notes: noiseFloor === 0 ? notes : [...notes, noisy(options.served.software, noiseFloor)],
  };
}

const noisy = (software: string, share: number): Message =>
  say(
    '{0} answered {1} % of the questions of the self-test differently when they were repeated. Differences smaller than that are not meaningful.',
    software,
    Math.round(share * 100),
  );

class SelfTest {
  readonly #options: SelfTestOptions;
  readonly #known: readonly [Conversation, Conversation];
  readonly #unseen: Conversation;
  readonly #chat: ChatOptions;
  readonly notes: Message[] = [];
  #repeated = 0;
  #differing = 0;

  constructor(options: SelfTestOptions) {
    this.#options = options;
    const [one, two, third] = options.probes;
    // An earlier run may have asked the same.
    this.#known = [neverSeen(one), neverSeen(two)];
    this.#unseen = neverSeen(third);
    // Half of the context is left to the prompt.
    const most = Math.floor((options.served.contextTokens ?? Infinity) / 2);
    this.#chat = { maxNewTokens: Math.max(1, Math.min(TOKENS_MAX, most)), logProbabilities: true };
  }

  get noiseFloor(): number {
    return this.#repeated === 0 ? 0 : this.#differing / this.#repeated;
  }

  /** Both known prompts, and both once more: what differs then is the server's noise. @returns the first answers */
  async twice(variant: Variant): Promise<readonly ChatReply[]> {
    const first = await this.known(variant);
    const again = await this.known(variant);
    this.#repeated += first.length;
    this.#differing += first.filter((reply, index) => !sameAnswer(reply, again[index])).length;
    return first;
  }

  async known(variant: Variant): Promise<readonly ChatReply[]> {
    const [one, two] = this.#known;
    if (this.#options.atOnce > 1)
      return await Promise.all([this.#ask(variant, one), this.#ask(variant, two)]);
    return [await this.#ask(variant, one), await this.#ask(variant, two)];
  }

  /** @param known the adapter's first answers, to prompts that only the model alone had seen */
  async onUnseen(base: Variant, adapter: Variant, known: readonly ChatReply[]): Promise<void> {
    const clean = await this.#ask(adapter, this.#unseen);
    // All prompts begin alike, up to what is random in them.
    const [{ cachedTokens: cached = 0 } = {}] = known;
    if (clean.cachedTokens !== undefined && cached > clean.cachedTokens) {
      const what = say(
        'it took {0} prompt tokens of variant {1} from its cache, although only another variant had used them',
        cached,
        displayName(adapter.id),
      );
      throw this.#failure(what, MIXES);
    }
    await this.#ask(base, this.#unseen);
    this.unchanged([clean], [await this.#ask(adapter, this.#unseen)], adapter);
  }

  /** Answers before and after another variant was asked. Of a server with noise, differences prove nothing. */
  unchanged(before: readonly ChatReply[], after: readonly ChatReply[], variant: Variant): void {
    if (this.#differing > 0 || before.every((reply, index) => sameAnswer(reply, after[index]))) return;
    throw this.#failure(
      say('it answers variant {0} differently after another variant was asked', displayName(variant.id)),
      MIXES,
    );
  }

  /** An adapter changes at least the last digits of a log-probability. Of texts alone, equal ones prove nothing. */
  applied(alone: readonly ChatReply[], adapted: readonly ChatReply[], variant: Variant): void {
    const name = displayName(variant.id);
    if (!alone.every((reply, index) => sameAnswer(reply, adapted[index]))) return;
    if (alone.some((reply, index) => !haveNumbers(reply, adapted[index])))
      this.notes.push(say('In the self-test, variant {0} answered as the model alone.', name));
    else if (alone.every((reply, index) => sameNumbers(reply, adapted[index])))
      throw this.#failure(
        say('it answers variant {0} exactly like the model without an adapter', name),
        say('The adapter is not applied, or changes nothing. Check what the server loaded.'),
      );
  }

  /** @param alone answers of the model alone; absent where each variant is a model of its own */
  async absent(alone: readonly ChatReply[] | undefined, adapter: Variant): Promise<void> {
    const { served, client, signal } = this.#options;
    const { path, body } = served.absent(this.#known[0], this.#chat);
    const reply = await client.ask(path, signal, body);
    if (reply.status !== 200) return;
    const answer = served.read(reply.json);
    if (served.absentIs === 'base' && (alone === undefined || sameAnswer(answer, alone[0]))) return;
    throw this.#failure(
      say('it answers requests for an adapter or model that does not exist'),
      say(
        'It ignores the name, so it is unclear which model answers for variant {0}. Use another server or version.',
        displayName(adapter.id),
      ),
    );
  }

  async #ask(variant: Variant, conversation: Conversation): Promise<ChatReply> {
    const { asker, signal } = this.#options;
    return await asker.ask(variant, conversation, this.#chat, signal);
  }

  #failure(what: Message, advice: Message): SploraError {
    return this.#options.asker.cannotMeasure(what, advice);
  }
}

function sameAnswer(one: ChatReply | undefined, other: ChatReply | undefined): boolean {
  return one !== undefined && one.text === other?.text && one.tokens === other.tokens;
}

const haveNumbers = (one: ChatReply, other: ChatReply | undefined): boolean =>
  one.logProbabilities !== undefined && other?.logProbabilities !== undefined;

function sameNumbers(one: ChatReply, other: ChatReply | undefined): boolean {
  const numbers = other?.logProbabilities;
  return one.logProbabilities?.every((value, index) => value === numbers?.[index]) ?? false;
}

/** Something random in front, so that no cache has the rest. */
function neverSeen(conversation: Conversation): Conversation {
  const nonce = randomBytes(8).toString('hex');
  const last = conversation.length - 1;
  return conversation.map((message, index) =>
    index === last ? { ...message, content: `${nonce} ${message.content}` } : message,
  );
}
