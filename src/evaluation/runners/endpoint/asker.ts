import { SploraError } from '../../../core/errors';
import { say, type Message } from '../../../core/message';
import { displayName } from '../../../core/safetensors/displayName';
import type { ChatMessage, Variant } from '../types';
import type { ChatReply } from './chatReply';
import { IGNORES_LIMIT, type EndpointClient } from './client';
import type { ChatOptions, ChatRequest, Served } from './servers/types';

export type Conversation = readonly ChatMessage[];

export interface AskerOptions {
  readonly served: Served;
  readonly client: EndpointClient;
  readonly variants: readonly Variant[];
}

/** The longest tokens of the vocabularies in use are 128 spaces. */
const TOKEN_CHARACTERS_MAX = 256;
const SLACK_CHARACTERS = 4096;

/** Asks a server for answers, and doubts those that may not be of what was asked for. */
export class Asker {
  readonly #options: AskerOptions;
  /** What the server calls the variants' models, where requests name them. */
  readonly #names: ReadonlySet<string>;
  #alias: Message | undefined;

  constructor(options: AskerOptions) {
    this.#options = options;
    const { served, variants } = options;
    const names = variants.map((variant) => modelOf(served.chat(variant, [], { maxNewTokens: 1 })));
    this.#names = new Set(names.filter((name) => name !== undefined));
  }

  /** Of the replies so far. */
  get notes(): readonly Message[] {
    return this.#alias === undefined ? [] : [this.#alias];
  }

  /**
   * One answer; an empty one where the model made no text.
   * @throws SploraError 'endpoint' for what is not such a reply, or may be of another model or state of the server
   */
  async ask(
    variant: Variant,
    conversation: Conversation,
    options: ChatOptions,
    signal: AbortSignal,
  ): Promise<ChatReply> {
    const { served, client } = this.#options;
    const request = served.chat(variant, conversation, options);
    const { path, body } = request;
    const { maxNewTokens } = options;
    const isFinal = (refusal: SploraError): boolean => served.isBrokenAnswer?.(refusal) === true;
    let reply: ChatReply | undefined;
    try {
      reply = served.read(await client.generate(path, body, signal, { maxNewTokens, isFinal }));
    } catch (thrown) {
      if (!(thrown instanceof SploraError) || !isFinal(thrown)) throw thrown;
      return { text: '', tokens: 0, ended: 'stop' };
    }
    if (reply === undefined) {
      throw client.failure(
        say('{0} answered with JSON that is not a chat completion', `${client.address.origin}/${path}`),
        say('Check that the address is that of a model server, and that the model can chat.'),
      );
    }
    const doubt = served.doubt?.(reply);
    if (doubt !== undefined) throw this.cannotMeasure(doubt, MIXES);
    this.#checkLength(reply, maxNewTokens);
    this.#checkModel(request, reply);
    return reply;
  }

  cannotMeasure(what: Message, advice: Message): SploraError {
    const { client, served } = this.#options;
    const { origin } = client.address;
    return client.failure(say('{0} at {1} cannot be measured: {2}', served.software, origin, what), advice);
  }

  #checkLength({ text }: ChatReply, maxNewTokens: number): void {
    if (text.length <= maxNewTokens * TOKEN_CHARACTERS_MAX + SLACK_CHARACTERS) return;
    throw this.cannotMeasure(
      say('it answered with {0} characters to a request for at most {1} tokens', text.length, maxNewTokens),
      IGNORES_LIMIT,
    );
  }

  /** Some servers reply with a path or an alias of the model. With the name of another variant, it is not the one asked for. */
  #checkModel(request: ChatRequest, { model }: ChatReply): void {
    const asked = modelOf(request);
    if (asked === undefined || model === undefined || sameModel(asked, model)) return;
    const names = [displayName(asked), displayName(this.#options.client.shown(model))] as const;
    if ([...this.#names].some((name) => sameModel(name, model))) {
      throw this.cannotMeasure(
        say('asked for model {0}, it says that {1} answered', ...names),
        say('Check the names of the models, or use another server or version of it.'),
      );
    }
    this.#alias ??= say('Asked for model {0}, the server says that {1} answered.', ...names);
  }
}

function modelOf({ body }: ChatRequest): string | undefined {
  const model: unknown = 'model' in body ? body.model : undefined;
  return typeof model === 'string' ? model : undefined;
}

/** For Ollama, `name` means `name:latest`. */
const sameModel = (one: string, other: string): boolean =>
  one.replace(/:latest$/, '') === other.replace(/:latest$/, '');

export const MIXES = say(
  'Its cache mixes adapters. Switch its prompt cache off (llama-server: --cache-ram 0), or use another version of it.',
);
