import { completion, NOT_FOUND, promptOf, type FakeAnswer, type FakeHandler } from './fakeServer';

/** What a deterministic model says: another thing for each adapter and prompt. */
export const said = (adapter: string, prompt: string): FakeAnswer =>
  completion(`${adapter} says ${prompt}`, { logprob: -prompt.length / (1 + adapter.length) });

const list = (...ids: readonly string[]): FakeAnswer => ({ json: { data: ids.map((id) => ({ id })) } });

/** A server with the OpenAI API and some models. `answer` may be wrong about what it is asked for. */
export function openaiFake(
  models: readonly string[],
  answer: (model: string, prompt: string) => FakeAnswer = said,
  knows: (model: string) => boolean = (model) => models.includes(model),
): FakeHandler {
  return (request) => {
    if (request.path === '/v1/models') return list(...models);
    if (request.path !== '/v1/chat/completions') return NOT_FOUND;
    const model = String(request.body['model']);
    if (!knows(model)) return { status: 404, json: { error: { message: `no model ${model}` } } };
    return answer(model, promptOf(request));
  };
}

interface VllmOptions {
  /** It loads no adapters while it runs. */
  readonly fixed?: boolean;
  /** Folder of the model; absent: one that is not here. */
  readonly root?: string;
}

/** vLLM with run-time adapters. A word is a token, and the template adds two. */
export function vllmFake(loaded: Map<string, string>, options: VllmOptions = {}): FakeHandler {
  return (request) => {
    const { path, body } = request;
    const name = String(body['lora_name']);
    if (path === '/version') return { json: { version: '0.32.0' } };
    if (path === '/v1/models') return vllmModels(loaded, options);
    if (path === '/tokenize')
      return {
        json: {
          tokens: [
            1,
            ...promptOf(request)
              .split(' ')
              .map(() => 7),
            2,
          ],
        },
      };
    if (path === '/v1/load_lora_adapter' && options.fixed !== true) {
      loaded.set(name, String(body['lora_path']));
      return { text: `Success: LoRA adapter '${name}' added successfully.` };
    }
    if (path === '/v1/unload_lora_adapter' && options.fixed !== true)
      return loaded.delete(name) ? { text: 'Success' } : { status: 404, json: {} };
    if (path !== '/v1/chat/completions') return NOT_FOUND;
    const model = String(body['model']);
    const folder = model === 'tiny' ? 'none' : loaded.get(model);
    return folder === undefined ? { status: 404, json: { error: {} } } : said(folder, promptOf(request));
  };
}

const vllmModels = (
  loaded: ReadonlyMap<string, string>,
  { root = '/models/tiny' }: VllmOptions,
): FakeAnswer => {
  const adapters = [...loaded].map(([id, root]) => ({ id, root, parent: 'tiny', owned_by: 'vllm' }));
  const base = { id: 'tiny', root, parent: null, owned_by: 'vllm', max_model_len: 64 };
  return { json: { data: [base, ...adapters] } };
};

interface LlamaOptions {
  /** Prompt tokens that each reply says were cached; null: it says nothing. */
  readonly cached?: number | null;
  readonly answer?: (lora: string, prompt: string) => FakeAnswer;
}

/** llama-server with adapters 0 and 1; ids that it does not know are off. */
export function llamaFake({ cached = 0, answer }: LlamaOptions = {}): FakeHandler {
  return (request) => {
    const { path, body } = request;
    if (path === '/props')
      return {
        json: {
          build_info: 'b1-abc',
          model_path: '/m/tiny.gguf',
          default_generation_settings: { n_ctx: 256 },
        },
      };
    if (path === '/apply-template') return { json: { prompt: `<usr> ${promptOf(request)} <bot>` } };
    if (path === '/tokenize') return { json: { tokens: String(body['content']).split(' ') } };
    if (path === '/lora-adapters')
      return {
        json: [
          { id: 0, path: '/a/first.gguf', scale: 1 },
          { id: 1, path: '/a/second.gguf', scale: 1 },
        ],
      };
    if (path !== '/v1/chat/completions') return NOT_FOUND;
    const scales = [0, 0];
    for (const { id, scale } of body['lora'] as readonly { id: number; scale: number }[])
      if (id < scales.length) scales[id] = scale;
    if (answer !== undefined) return answer(scales.join('+'), promptOf(request));
    const text = `${scales.join('+')} says ${promptOf(request)}`;
    const timings = { prompt_per_second: 100, predicted_per_second: 10 };
    return completion(text, { logprob: -1, timings, ...(cached === null ? {} : { cached }) });
  };
}

/** mlx_lm.server; `adapters` of a folder that is not in `folders` (by its end) is refused. */
export function mlxFake(known: (folder: string) => boolean): FakeHandler {
  const headers = { server: 'BaseHTTP/0.6 Python/3.11.7' };
  return (request) => {
    const { path, body } = request;
    if (path === '/health') return { json: { status: 'ok' }, headers };
    if (path !== '/v1/chat/completions') return { status: 404, text: 'Not Found', headers };
    const folder = typeof body['adapters'] === 'string' ? body['adapters'] : 'none';
    if (folder !== 'none' && !known(folder))
      return { status: 404, json: { error: `The adapter path does not exist: ${folder}` }, headers };
    return completion(`${folder} says ${promptOf(request)}`, {
      logprob: -folder.length,
      cached: 0,
      system_fingerprint: '0.32.2-0.32.4-Linux-6.1-x86_64',
    });
  };
}
