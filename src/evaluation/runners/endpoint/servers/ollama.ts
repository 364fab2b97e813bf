import { isRecord } from '../../../../core/record';
import { countIn, isSpeed, modelIn, type ChatReply } from '../chatReply';
import { ABSENT, namedModels } from './openai';
import type { ChatRequest, Served, ServerKind } from './types';

/**
 * Ollama: a model for each adapter (made with `ADAPTER`, up to 0.33). Asked by its own API, which takes the penalties that
 * a Modelfile may set.
 */
export const ollama: ServerKind = {
  id: 'ollama',
  identify: async (client, signal) => {
    const { status, json } = await client.ask('api/version', signal);
    const version = status === 200 && isRecord(json) ? json['version'] : undefined;
    return typeof version === 'string' ? client.shown(version) : undefined;
  },
  open: async (options) => {
    const { json } = await options.client.ask('api/tags', options.signal);
    const models = isRecord(json) && Array.isArray(json['models']) ? (json['models'] as unknown[]) : [];
    const listed = models.flatMap((model) =>
      isRecord(model) && typeof model['name'] === 'string' ? model['name'] : [],
    );
    // `name` means `name:latest`.
    const short = listed.map((name) => name.replace(/:latest$/, ''));
    const names = namedModels(options, [...listed, ...short]);
    return {
      software: `Ollama ${options.version}`,
      precision: null,
      notes: [],
      // A switch reloads the model; several at once change its answers.
      concurrencyMax: 1,
      chat: (variant, ...rest) => request(names.get(variant.id) ?? ABSENT, ...rest),
      absent: (...rest) => request(ABSENT, ...rest),
      absentIs: 'refused',
      read,
      close: () => Promise.resolve(),
    };
  },
};

type Rest = Parameters<Served['absent']>;

function request(model: string, ...[messages, { maxNewTokens }]: Rest): ChatRequest {
  const options = {
    temperature: 0,
    top_k: 0,
    top_p: 1,
    min_p: 0,
    repeat_penalty: 1,
    presence_penalty: 0,
    frequency_penalty: 0,
    seed: 0,
    num_predict: maxNewTokens,
  };
  return { path: 'api/chat', body: { model, messages, options, stream: false } };
}

/** `eval_count` has the end token; durations are in nanoseconds. */
function read(json: unknown): ChatReply | undefined {
  if (!isRecord(json) || !isRecord(json['message']) || json['done'] !== true) return undefined;
  const { content } = json['message'];
  if (typeof content !== 'string') return undefined;
  const made = countIn(json, 'eval_count') ?? 0;
  const ended = json['done_reason'] === 'length' ? 'length' : 'stop';
  const speed = { prefill: rate(json, 'prompt_eval'), decode: rate(json, 'eval') };
  return {
    text: content,
    tokens: ended === 'stop' ? Math.max(made - 1, 0) : made,
    ended,
    model: modelIn(json),
    ...(isSpeed(speed.prefill) && isSpeed(speed.decode) ? { speed } : {}),
  };
}

const rate = (json: Readonly<Record<string, unknown>>, what: string): number => {
  const ns = json[`${what}_duration`];
  return ((countIn(json, `${what}_count`) ?? 0) / (typeof ns === 'number' ? ns : 0)) * 1e9;
};
