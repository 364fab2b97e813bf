import { isRecord } from '../../../core/record';

/** What a server answered to one conversation. */
export interface ChatReply {
  readonly text: string;
  /** New tokens, without the end token. */
  readonly tokens: number;
  readonly ended: 'stop' | 'length';
  /** As the server names what answered; absent: it does not say. */
  readonly model?: string | undefined;
  /** Prompt tokens that were not computed but taken from the server's cache; absent: it does not say. */
  readonly cachedTokens?: number | undefined;
  /** Of the answer's tokens, in nats. */
  readonly logProbabilities?: readonly number[] | undefined;
  /** Tokens per second, by the server's own clock. */
  readonly speed?: { readonly prefill: number; readonly decode: number } | undefined;
}

/** More tokens than any context holds. */
const TOKENS_MAX = 100_000_000;

/** A count that a server gave; undefined for anything else. */
export function countIn(record: Readonly<Record<string, unknown>>, field: string): number | undefined {
  const value = record[field];
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= TOKENS_MAX
    ? value
    : undefined;
}

/**
 * A `chat.completion` of the OpenAI API. Tokens after a stop are counted with the end token by all servers that were
 * tried: vLLM, llama.cpp, mlx_lm.
 * Of a thought without an answer, the content is null: the text is empty.
 * @returns undefined if it is not one with one choice and a finish reason
 */
export function readChatReply(json: unknown): ChatReply | undefined {
  if (!isRecord(json) || !Array.isArray(json['choices'])) return undefined;
  const [choice] = json['choices'] as readonly unknown[];
  if (!isRecord(choice) || !isRecord(choice['message'])) return undefined;
  const { finish_reason: reason, message } = choice;
  const { content } = message;
  if (typeof reason !== 'string' || (typeof content !== 'string' && content != null)) return undefined;
  const usage = isRecord(json['usage']) ? json['usage'] : {};
  const made = countIn(usage, 'completion_tokens') ?? 0;
  const ended = reason === 'length' ? 'length' : 'stop';
  return {
    text: content ?? '',
    tokens: ended === 'stop' ? Math.max(made - 1, 0) : made,
    ended,
    model: modelIn(json),
    cachedTokens: cachedTokens(json, usage),
    logProbabilities: logProbabilities(choice['logprobs']),
    speed: speed(json['timings']),
  };
}

/** The name in a reply; an empty one says nothing. */
export function modelIn(json: Readonly<Record<string, unknown>>): string | undefined {
  const { model } = json;
  return typeof model === 'string' && model !== '' ? model : undefined;
}

function cachedTokens(
  json: Readonly<Record<string, unknown>>,
  usage: Readonly<Record<string, unknown>>,
): number | undefined {
  const details = usage['prompt_tokens_details'];
  const timings = json['timings'];
  return (
    (isRecord(details) ? countIn(details, 'cached_tokens') : undefined) ??
    (isRecord(timings) ? countIn(timings, 'cache_n') : undefined)
  );
}

function logProbabilities(logprobs: unknown): readonly number[] | undefined {
  if (!isRecord(logprobs) || !Array.isArray(logprobs['content'])) return undefined;
  const found: number[] = [];
  for (const entry of logprobs['content'] as readonly unknown[]) {
    if (!isRecord(entry) || typeof entry['logprob'] !== 'number') return undefined;
    found.push(entry['logprob']);
  }
  return found;
}

/** llama.cpp's own clock. */
function speed(timings: unknown): ChatReply['speed'] {
  if (!isRecord(timings)) return undefined;
  const { prompt_per_second: prefill, predicted_per_second: decode } = timings;
  return isSpeed(prefill) && isSpeed(decode) ? { prefill, decode } : undefined;
}

/** JSON has no infinity, but 1e999 is read as one. */
export const isSpeed = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value > 0;
