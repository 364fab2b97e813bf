import { say } from '../../../../core/message';
import { isRecord } from '../../../../core/record';
import type { Continuation, ContinuationScore } from '../../types';
import type { EndpointClient } from '../client';

/** What is left out comes from the model's generation_config.json, e.g. Qwen2.5's repetition penalty of 1.1. */
export const VLLM_GREEDY = {
  temperature: 0,
  top_p: 1,
  top_k: 0,
  min_p: 0,
  repetition_penalty: 1,
  presence_penalty: 0,
  frequency_penalty: 0,
  seed: 0,
  n: 1,
  stream: false,
} as const;

/**
 * The log-probabilities of a text after a conversation, tokenized by the server; the ids are then one prompt, whose own
 * log-probabilities it gives.
 */
export async function vllmScore(
  client: EndpointClient,
  { key, messages, text, tokens }: Continuation,
  model: string,
  salt: string,
  signal: AbortSignal,
): Promise<ContinuationScore> {
  const prompt = await tokenize(client, signal, { model, messages, add_generation_prompt: true });
  const answer = await answerTokens(client, signal, { model, messages, text, prompt });
  const wanted = answer.slice(0, tokens);
  const body = {
    ...VLLM_GREEDY,
    model,
    prompt: [...prompt, ...wanted],
    // Of the token itself and of the most probable one.
    prompt_logprobs: 1,
    max_tokens: 1,
    cache_salt: `${salt}-${model}`,
  };
  const json = await client.generate(PATH, body, signal);
  const scored = wanted.map((id, index) => entryOf(json, prompt.length + index, id));
  if (scored.some((entry) => entry === undefined)) throw unusable(client, PATH);
  const found = scored.filter((entry) => entry !== undefined);
  return {
    key,
    logProbabilities: found.map(({ logprob }) => logprob),
    isTop: found.map(({ rank }) => rank === 1),
  };
}

/** Undefined where the server has no such route. @throws SploraError 'endpoint' where it refuses */
export async function vllmTokens(
  client: EndpointClient,
  model: string,
  messages: Continuation['messages'],
  signal: AbortSignal,
): Promise<number | undefined> {
  const reply = await client.ask('tokenize', signal, { model, messages, add_generation_prompt: true });
  if (reply.status === 404) return undefined;
  if (reply.status !== 200) throw client.refusal('tokenize', reply);
  return tokensIn(reply.json)?.length;
}

const PATH = 'v1/completions';

interface Answer extends Pick<Continuation, 'messages' | 'text'> {
  readonly model: string;
  readonly prompt: readonly number[];
}

/** As the text is split where it follows the prompt; alone where the template or the split would change the prompt. */
async function answerTokens(
  client: EndpointClient,
  signal: AbortSignal,
  { model, messages, text, prompt }: Answer,
): Promise<readonly number[]> {
  const reply = await client.ask('tokenize', signal, {
    model,
    messages: [...messages, { role: 'assistant', content: text }],
    add_generation_prompt: false,
    continue_final_message: true,
  });
  // Some templates do not let an answer go on.
  const whole = reply.status === 200 ? tokensIn(reply.json) : undefined;
  if (whole !== undefined && prompt.every((id, index) => whole[index] === id))
    return whole.slice(prompt.length);
  return await tokenize(client, signal, { model, prompt: text, add_special_tokens: false });
}

async function tokenize(client: EndpointClient, signal: AbortSignal, body: object): Promise<number[]> {
  const tokens = tokensIn(await client.generate('tokenize', body, signal));
  if (tokens === undefined) throw unusable(client, 'tokenize');
  return tokens;
}

function tokensIn(json: unknown): number[] | undefined {
  const tokens: unknown = isRecord(json) ? json['tokens'] : undefined;
  return Array.isArray(tokens) && tokens.every((id): id is number => Number.isSafeInteger(id))
    ? tokens
    : undefined;
}

function entryOf(
  json: unknown,
  position: number,
  id: number,
): { readonly logprob: number; readonly rank: number } | undefined {
  const choices: unknown = isRecord(json) ? json['choices'] : undefined;
  const choice: unknown = Array.isArray(choices) ? choices[0] : undefined;
  const list: unknown = isRecord(choice) ? choice['prompt_logprobs'] : undefined;
  const entries: unknown = Array.isArray(list) ? list[position] : undefined;
  const entry = isRecord(entries) ? entries[String(id)] : undefined;
  if (!isRecord(entry)) return undefined;
  const { logprob, rank } = entry;
  return typeof logprob === 'number' && typeof rank === 'number' ? { logprob, rank } : undefined;
}

const unusable = (client: EndpointClient, path: string) =>
  client.failure(
    say('vLLM returned no logprobs for the prompt (/{0})', path),
    say('Use a version of vLLM with prompt_logprobs in /v1/completions and with /tokenize.'),
  );
