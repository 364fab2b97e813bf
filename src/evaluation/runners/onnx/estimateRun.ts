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
 * Errors: those of `openModel` and `openAdapter`.
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
  const lengths: number[] = [];
  for (const question of questions) lengths.push((await tokens.unchecked(question)).length);
  const limit = (length: number): number => Math.max(0, Math.min(maxNewTokens, context - length));
  return {
    rows: questions.length,
    promptTokens: lengths.reduce((sum, length) => sum + length, 0),
    newTokens: lengths.reduce((sum, length) => sum + limit(length), 0),
    longest: lengths.reduce((most, length) => Math.max(most, length + limit(length)), 1),
  };
}
