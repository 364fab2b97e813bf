import { badRequest, SploraError } from '../../../core/errors';
import { render, say, type MessageValue } from '../../../core/message';
import { promptTooLong, SHORTEN } from '../tooLong';
import type { Question } from '../types';
import { inParallel } from './inParallel';
import type { Served } from './servers/types';

/** A prompt, and how errors name it. */
export interface LabeledPrompt {
  readonly label: MessageValue;
  readonly messages: Question['messages'];
}

/** What a chat template may put around the messages. */
const TEMPLATE_TOKENS = 1024;

/**
 * Counts the tokens of prompts where the server says how many it takes, and can count them. A prompt with fewer bytes fits
 * for sure and is not asked about: no tokenizer makes more tokens than bytes.
 * @throws SploraError 'bad-request' with the first prompt that does not fit; 'endpoint', 'cancelled'
 */
export async function checkPromptLengths(
  { contextTokens, countTokens }: Served,
  prompts: readonly LabeledPrompt[],
  options: { readonly atOnce: number; readonly signal: AbortSignal },
): Promise<void> {
  if (contextTokens === undefined || countTokens === undefined) return;
  const { atOnce, signal } = options;
  const doubtful = prompts.filter(({ messages }) => bytesOf(messages) + TEMPLATE_TOKENS >= contextTokens);
  await inParallel(doubtful, atOnce, signal, async ({ label, messages }) => {
    const tokens = await named(label, () => countTokens(messages, signal));
    if (tokens !== undefined && tokens >= contextTokens) throw promptTooLong(label, tokens, contextTokens);
  });
}

function bytesOf(messages: Question['messages']): number {
  return messages.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0);
}

/** The words of vLLM, OpenAI, llama.cpp, SGLang and TGI. */
const WORDS =
  /maximum context length|context_length_exceeded|exceeds? the (available )?context|longer than the model's context|inputs. tokens \+ .max_new_tokens/i;

/** Whether a server refused because prompt and answer are longer than its context. */
export function isTooLong(thrown: unknown): thrown is SploraError {
  return (
    thrown instanceof SploraError &&
    thrown.data.code === 'endpoint' &&
    WORDS.test(render(thrown.data.message))
  );
}

/** What `work` gives; a server's refusal of a prompt that is too long names the prompt. */
export async function named<T>(label: MessageValue, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (!isTooLong(thrown)) throw thrown;
    throw badRequest(say('{0} is longer than the server takes: {1}', label, thrown.data.message), SHORTEN);
  }
}
