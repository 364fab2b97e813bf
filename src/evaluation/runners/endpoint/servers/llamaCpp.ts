import { basename, dirname } from 'node:path';
import { quotedList } from '../../../../core/adapter/names';
import { render, say } from '../../../../core/message';
import { isRecord } from '../../../../core/record';
import { displayName } from '../../../../core/safetensors/displayName';
import type { ChatMessage, Variant } from '../../types';
import { countIn, readChatReply, type ChatReply } from '../chatReply';
import type { EndpointClient } from '../client';
import type { ChatOptions, ChatRequest, OpenOptions, ServerKind } from './types';

/** More adapters than a server has memory for. */
const ADAPTERS_MAX = 10_000;

/**
 * llama.cpp's server: GGUF adapters, loaded when it starts, chosen by a list of ids and scales in each request. What is left
 * out of the list is off, no list means the scales of the server. Its prompt cache is not keyed by adapter: it restores
 * states of another one, whatever the list says, so it is switched off, and each reply has to say so.
 */
export const llamaCpp: ServerKind = {
  id: 'llama.cpp',
  identify: async (client, signal) => {
    const { status, json } = await client.ask('props', signal);
    if (status !== 200 || !isRecord(json) || !isRecord(json['default_generation_settings'])) return undefined;
    const build = json['build_info'];
    return typeof build === 'string' ? client.shown(build) : '';
  },
  open: async (options) => {
    const { client, version, variants, signal } = options;
    const adapters = await listAdapters(client, signal);
    const ids = new Map(
      variants.flatMap((variant) =>
        variant.adapter === null ? [] : [[variant.id, idOf(variant, adapters, options)]],
      ),
    );
    const { json } = await client.ask('props', signal);
    const props = isRecord(json) ? json : {};
    checkModel(options, props);
    const { default_generation_settings: settings, model_ftype: stored } = props;
    const contextTokens = isRecord(settings) ? countIn(settings, 'n_ctx') : undefined;
    const chat = (chosen: readonly Chosen[], ...rest: Rest): ChatRequest =>
      request([...adapters.map(({ id }) => ({ id, scale: 0 })), ...chosen], ...rest);
    return {
      software: `llama.cpp ${version}`.trim(),
      // Of the stored weights, e.g. `Q4_K - Medium`.
      precision: typeof stored === 'string' ? client.shown(stored) : null,
      notes: [],
      ...(contextTokens === undefined ? {} : { contextTokens }),
      chat: (variant, ...rest) => {
        const id = ids.get(variant.id);
        // Of an id that comes twice, the last counts.
        return chat(id === undefined ? [] : [{ id, scale: variant.scale }], ...rest);
      },
      absent: (...rest) => chat([{ id: adapters.length + ABSENT_OFFSET, scale: 1 }], ...rest),
      absentIs: 'base',
      countTokens: (messages, signal) => countTokens(client, messages, signal),
      read: readChatReply,
      doubt,
      isBrokenAnswer: ({ data }) => render(data.message).includes(NO_TEXT),
      close: () => Promise.resolve(),
    };
  },
};

/** Undefined where the server lacks one of the routes, as old ones do. */
async function countTokens(
  client: EndpointClient,
  messages: readonly ChatMessage[],
  signal: AbortSignal,
): Promise<number | undefined> {
  const { json: applied } = await client.ask('apply-template', signal, { messages });
  const content = isRecord(applied) ? applied['prompt'] : undefined;
  if (typeof content !== 'string') return undefined;
  const { json } = await client.ask('tokenize', signal, { content, add_special: true, parse_special: true });
  const tokens = isRecord(json) ? json['tokens'] : undefined;
  return Array.isArray(tokens) ? tokens.length : undefined;
}

/** Far beyond the ids in use, which are counted from 0. */
const ABSENT_OFFSET = 1000;
/** Status 500 for tokens that are no UTF-8. */
const NO_TEXT = 'The model produced output that does not match the expected';

interface Chosen {
  readonly id: number;
  readonly scale: number;
}
type Rest = [messages: readonly ChatMessage[], options: ChatOptions];

interface ServerAdapter {
  readonly id: number;
  readonly path: string;
}

async function listAdapters(client: EndpointClient, signal: AbortSignal): Promise<readonly ServerAdapter[]> {
  const reply = await client.ask('lora-adapters', signal);
  if (reply.status !== 200) throw client.refusal('lora-adapters', reply);
  const list = Array.isArray(reply.json) ? (reply.json as readonly unknown[]).slice(0, ADAPTERS_MAX) : [];
  return list.flatMap((entry) => {
    const id = isRecord(entry) ? countIn(entry, 'id') : undefined;
    return isRecord(entry) && id !== undefined && typeof entry['path'] === 'string'
      ? { id, path: entry['path'] }
      : [];
  });
}

/** By the id, path or file name that the user gave, or by the path: of the adapter, or of a GGUF in the same folder. */
function idOf(variant: Variant, adapters: readonly ServerAdapter[], { client, models }: OpenOptions): number {
  const name = models[variant.id] ?? variant.adapter ?? '';
  const named = adapters.filter(
    ({ id, path }) => [path, basename(path)].includes(name) || String(id) === models[variant.id],
  );
  const beside = adapters.filter(({ path }) => [name, dirname(name)].includes(dirname(path)));
  const found = named.length > 0 ? named : beside;
  const [only] = found;
  if (only !== undefined && found.length === 1) return only.id;
  throw client.failure(
    found.length > 1
      ? say('{0} has several adapters that match {1}', client.address.origin, displayName(name))
      : say('{0} has no adapter {1}', client.address.origin, displayName(name)),
    adapters.length === 0
      ? say('Convert the adapter with convert_lora_to_gguf.py and start llama-server with "--lora FILE".')
      : say(
          'Specify the path or id of the adapter for variant {0}. The server has: {1}.',
          displayName(variant.id),
          quotedList(adapters.map(({ id, path }) => `${String(id)}: ${path}`)),
        ),
  );
}

/** The server has one model and ignores the name in a request: one that was asked for by name must be that. */
function checkModel(
  { client, variants, models }: OpenOptions,
  { model_path: path, model_alias: alias }: Readonly<Record<string, unknown>>,
): void {
  const names = [path, alias].filter((name) => typeof name === 'string');
  const known = new Set(names.flatMap((name) => [name, basename(name), basename(name, '.gguf')]));
  for (const { id, adapter } of variants) {
    const name = models[id];
    if (adapter !== null || name === undefined || known.has(name)) continue;
    throw client.failure(
      say('{0} has no model {1}', client.address.origin, displayName(name)),
      say('Its models are: {0}.', quotedList(names)),
    );
  }
}

function request(
  lora: readonly Chosen[],
  ...[messages, { maxNewTokens, logProbabilities }]: Rest
): ChatRequest {
  return {
    path: 'v1/chat/completions',
    body: {
      messages,
      lora,
      cache_prompt: false,
      temperature: 0,
      top_k: 0,
      top_p: 1,
      min_p: 0,
      typical_p: 1,
      repeat_penalty: 1,
      presence_penalty: 0,
      frequency_penalty: 0,
      dry_multiplier: 0,
      xtc_probability: 0,
      mirostat: 0,
      seed: 0,
      max_tokens: maxNewTokens,
      stream: false,
      ...(logProbabilities === true ? { logprobs: true, top_logprobs: 1 } : {}),
    },
  };
}

function doubt({ cachedTokens }: ChatReply) {
  if (cachedTokens === 0) return undefined;
  return cachedTokens === undefined
    ? say('it does not say whether it used its prompt cache, which mixes adapters')
    : say('it took {0} prompt tokens from its cache, which mixes adapters', cachedTokens);
}
