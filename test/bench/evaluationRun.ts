// Forked by evaluation.ts: the in-process runner in a process of its own, as the evaluator has it.
import { openChat, type Chat } from '../../src/evaluation/chat/chat';
import { estimateOnnx } from '../../src/evaluation/runners/onnx/estimateRun';
import { createOnnxRunner } from '../../src/evaluation/runners/onnx/runner';
import type { Question, Runner, Variant } from '../../src/evaluation/runners/types';
import { serveParent } from '../../src/rpc/serveParent';

export interface RunApi {
  load(request: LoadRequest): Promise<Loaded>;
  /** All prompts with all variants. */
  generate(request: GenerateRequest): Promise<Generated>;
  memory(): Promise<{ readonly peakBytes: number }>;
}

export interface LoadRequest {
  readonly model: string;
  readonly adapters: readonly string[];
  readonly threads: number;
  /** What is going to be asked, for the estimate. */
  readonly asked: GenerateRequest;
}

export interface Loaded {
  readonly ms: number;
  /** Memory at the peak, as estimated before anything is loaded. */
  readonly estimatedBytes: number;
}

export interface GenerateRequest {
  readonly prompts: readonly string[];
  readonly tokens: number;
}

export interface Generated {
  readonly ms: number;
  /** New ones. */
  readonly tokens: number;
  /** Of the prompts. */
  readonly read: number;
}

const KIB = 1024;
let loaded:
  { readonly runner: Runner; readonly variants: readonly Variant[]; readonly chat: Chat } | undefined;

function questionsOf(variants: readonly Variant[], prompts: readonly string[]): Question[] {
  return variants.flatMap(({ id }) =>
    prompts.map((content, at): Question => ({
      key: `${id} ${at}`,
      variant: id,
      messages: [{ role: 'user', content }],
    })),
  );
}

serveParent<RunApi>({
  async load({ model, adapters, threads, asked }) {
    const chat = await openChat({ adapter: null, model });
    const variants = [null, ...adapters].map((adapter, at) => ({ id: String(at), adapter, scale: 1 }));
    const questions = questionsOf(variants, asked.prompts);
    const { signal } = new AbortController();
    const estimate = { model, variants, chat, threads, questions, maxNewTokens: asked.tokens, signal };
    const { bytes } = await estimateOnnx(estimate);
    const started = performance.now();
    const runner = await createOnnxRunner({ model, variants, chat, threads });
    loaded = { runner, variants, chat };
    return { ms: performance.now() - started, estimatedBytes: bytes ?? NaN };
  },

  async generate({ prompts, tokens }) {
    if (loaded === undefined) throw new Error('Nothing is loaded.');
    const { runner, variants, chat } = loaded;
    const questions = questionsOf(variants, prompts);
    const options = { signal: new AbortController().signal, maxNewTokens: tokens };
    const started = performance.now();
    let made = 0;
    await runner.generate(questions, options, (answer) => (made += answer.tokens));
    const ms = performance.now() - started;
    const read = questions.reduce((sum, { messages }) => sum + chat.prompt(messages).length, 0);
    return { ms, tokens: made, read };
  },

  memory: () => Promise.resolve({ peakBytes: KIB * process.resourceUsage().maxRSS }),
});
