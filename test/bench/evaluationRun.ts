// Forked by evaluation.ts: the in-process runner in a process of its own, as the evaluator has it.
import { openChat } from '../../src/evaluation/chat/chat';
import { createOnnxRunner } from '../../src/evaluation/runners/onnx/runner';
import type { Question, Runner, Variant } from '../../src/evaluation/runners/types';
import { serveParent } from '../../src/rpc/serveParent';

export interface RunApi {
  load(request: {
    readonly model: string;
    readonly adapters: readonly string[];
    readonly threads: number;
  }): Promise<{ readonly ms: number }>;
  /** All prompts with all variants. */
  generate(request: { readonly prompts: readonly string[]; readonly tokens: number }): Promise<Generated>;
  memory(): Promise<{ readonly peakBytes: number }>;
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
  { readonly runner: Runner; readonly variants: readonly Variant[]; readonly read: Read } | undefined;
type Read = (prompt: string) => number;

serveParent<RunApi>({
  async load({ model, adapters, threads }) {
    const started = performance.now();
    const chat = await openChat({ adapter: null, model });
    const variants = [null, ...adapters].map((adapter, at) => ({ id: String(at), adapter, scale: 1 }));
    const runner = await createOnnxRunner({ model, variants, chat, threads });
    const read: Read = (content) => chat.prompt([{ role: 'user', content }]).length;
    loaded = { runner, variants, read };
    return { ms: performance.now() - started };
  },

  async generate({ prompts, tokens }) {
    if (loaded === undefined) throw new Error('Nothing is loaded.');
    const { runner, variants, read } = loaded;
    const questions = variants.flatMap(({ id }) =>
      prompts.map((content, at): Question => ({
        key: `${id} ${at}`,
        variant: id,
        messages: [{ role: 'user', content }],
      })),
    );
    const options = { signal: new AbortController().signal, maxNewTokens: tokens };
    const started = performance.now();
    let made = 0;
    await runner.generate(questions, options, (answer) => (made += answer.tokens));
    const ms = performance.now() - started;
    return {
      ...{ ms, tokens: made },
      read: variants.length * prompts.reduce((sum, prompt) => sum + read(prompt), 0),
    };
  },

  memory: () => Promise.resolve({ peakBytes: KIB * process.resourceUsage().maxRSS }),
});
