import { createHash } from 'node:crypto';
import { badRequest, failure } from '../../../core/errors';
import { say } from '../../../core/message';
import { displayName } from '../../../core/safetensors/displayName';
import { checkCancelled } from '../../../io/ioError';
import { TEXT_LENGTH_MAX, type Chat } from '../../chat/chat';
import { promptTooLong } from '../tooLong';
import type { Continuation, Question } from '../types';
import type { Decoder } from './decoder';
import { breathe } from './pace';

export interface TokensOptions {
  readonly chat: Chat;
  readonly decoder: Pick<Decoder, 'vocabulary' | 'context'>;
  readonly signal: AbortSignal;
}

type Asked = Omit<Question, 'variant'>;

/** Messages are let in after so long, so that a cancel is heard in 200 ms. */
const BUSY_MS = 50;

/** What a chat has made already: a repair asks the same prompts in each of its measurements. */
const made = new WeakMap<Chat, Map<string, readonly number[]>>();
/** The window's evaluator lives for days. */
const MADE_MAX = 20_000;

/** Conversations as token ids that the model can read, each made once: every variant is asked the same prompts. */
export class Tokens {
  private readonly known: Map<string, readonly number[]>;
  private busySince = performance.now();

  constructor(private readonly options: TokensOptions) {
    this.known = made.get(options.chat) ?? new Map<string, readonly number[]>();
    made.set(options.chat, this.known);
  }

  /** Also of a prompt that is too long, or that the model cannot read. Errors: those of `Chat.prompt`. */
  async unchecked(question: Asked): Promise<readonly number[]> {
    const { messages, key, label = displayName(key) } = question;
    return await this.once([messages], () => this.options.chat.prompt(messages, label));
  }

  /**
   * The ids before the answer.
   * @throws SploraError those of `Chat.prompt`; 'bad-request' for none or too many; 'wrong-models' for one that the model
   * lacks
   */
  async prompt(question: Asked): Promise<readonly number[]> {
    const { chat, decoder } = this.options;
    const { context, vocabulary } = decoder;
    const { key, label = displayName(key) } = question;
    const prompt = await this.unchecked(question);
    if (prompt.length === 0)
      throw badRequest(say('{0} has no token', label), say('Correct the prompt, or the chat template.'));
    if (prompt.length >= context) throw promptTooLong(label, prompt.length, context);
    const lacking = prompt.find((id) => id >= vocabulary);
    if (lacking === undefined) return prompt;
    throw failure(
      'wrong-models',
      say('{0} has the token id {1}, and the model has only {2} tokens', label, lacking, vocabulary),
      chat.records.tokenizer.file,
      say(
        'If the adapter was trained with the model as it is, move tokenizer.json out of its folder; otherwise choose the model with the larger vocabulary.',
      ),
    );
  }

  /** The ids to score after the prompt; undefined where the model cannot read all of them. */
  async answer(asked: Continuation): Promise<readonly number[] | undefined> {
    const { chat, decoder } = this.options;
    const { messages, text, tokens } = asked;
    const prompt = await this.prompt(asked);
    if (text.length > TEXT_LENGTH_MAX) return undefined;
    const all = await this.once([messages, text], () => chat.answer(messages, text));
    const answer = tokens === undefined ? all : all.slice(0, tokens);
    const fits = prompt.length + answer.length <= decoder.context;
    return fits && answer.every((id) => id < decoder.vocabulary) ? answer : undefined;
  }

  private async once(what: unknown, encode: () => readonly number[]): Promise<readonly number[]> {
    // A hash takes less memory than a conversation.
    const key = createHash('sha256').update(JSON.stringify(what)).digest('base64');
    const ids = this.known.get(key) ?? encode();
    if (this.known.size >= MADE_MAX) this.known.clear();
    this.known.set(key, ids);
    if (performance.now() - this.busySince > BUSY_MS) {
      await breathe();
      checkCancelled(this.options.signal);
      this.busySince = performance.now();
    }
    return ids;
  }
}
