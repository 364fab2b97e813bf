import { failure } from '../../../core/errors';
import { say } from '../../../core/message';
import { openAdapter } from '../../../io/openAdapter';
import type { MeasureEstimate } from '../../../protocol/evaluatorApi';
import type { Chat } from '../../chat/chat';
import type { Question, Variant } from '../types';
import { factorBytes } from './adapters';
import { availableMemory, memoryNeeded, probeSpeed, secondsNeeded, type Workload } from './estimate';
import type { Decoder } from './decoder';
import { openModel } from './model';
import { Tokens } from './tokens';

export interface OnnxEstimateOptions {
  /** Folder, file, or repo id in the local Hugging Face cache. */
  readonly model: string;
  readonly variants: readonly Variant[];
  readonly chat: Chat;
  readonly threads: number;
  readonly questions: readonly Question[];
  readonly maxNewTokens: number;
  readonly signal: AbortSignal;
}

/**
 * Time and memory of an evaluation: reads headers only, and times one product. Answers that end early make it faster.
 * Errors: those of `openModel` and `openAdapter`;
 * 'bad-request' where the template makes the same text of every prompt.
 */
export async function estimateOnnx(options: OnnxEstimateOptions): Promise<MeasureEstimate> {
  const { variants, questions, threads } = options;
  const model = await openModel(options.model);
  const before = process.memoryUsage.rss();
  let factors = 0;
  for (const adapter of new Set(variants.map((variant) => variant.adapter)))
    if (adapter !== null) factors += await bytesOf(adapter);
  const workload = await workloadOf(options, model.decoder);
  return {
    questions: questions.length,
    seconds: secondsNeeded(model.decoder, workload, await probeSpeed(threads)),
    bytes: memoryNeeded(model, workload, { before, factorBytes: factors }),
    availableBytes: before + availableMemory(),
  };
}

async function bytesOf(path: string): Promise<number> {
  const { adapter, source } = await openAdapter(path);
  await source.close();
  return factorBytes(adapter);
}

async function workloadOf(
  { chat, questions, maxNewTokens, signal }: OnnxEstimateOptions,
  decoder: Decoder,
): Promise<Workload> {
  const { context } = decoder;
  const tokens = new Tokens({ chat, decoder, signal });
  const prompts: (readonly number[])[] = [];
  for (const question of questions) prompts.push(await tokens.unchecked(question));
  refuseOneText(chat, prompts);
  const lengths = prompts.map(({ length }) => length);
  const limit = (length: number): number => Math.max(0, Math.min(maxNewTokens, context - length));
  return {
    rows: questions.length,
    promptTokens: lengths.reduce((sum, length) => sum + length, 0),
    newTokens: lengths.reduce((sum, length) => sum + limit(length), 0),
    longest: lengths.reduce((most, length) => Math.max(most, length + limit(length)), 1),
  };
}

/** A template that leaves the messages out would be measured without a word: each answer is to the same text. */
function refuseOneText({ records }: Chat, prompts: readonly (readonly number[])[]): void {
  // Those of the same messages are the same array.
  const different = new Set(prompts);
  if (different.size === 1 || new Set([...different].map(String)).size !== 1) return;
  throw failure(
    'bad-request',
    say('The chat template makes the same text of {0} different prompts', different.size),
    (records.template ?? records.tokenizer).file,
    say('Correct the template: it has to write the content of the messages.'),
  );
}
