import { randomBytes } from 'node:crypto';
import { SploraError } from '../../../../core/errors';
import { quotedList } from '../../../../core/adapter/names';
import { say } from '../../../../core/message';
import { isRecord } from '../../../../core/record';
import { displayName } from '../../../../core/safetensors/displayName';
import type { ChatMessage, Variant } from '../../types';
import { checkShapes } from '../adapterShapes';
import { readChatReply } from '../chatReply';
import { VariantFolders } from '../variantFolders';
import { ABSENT, listModels, noScale, type ModelCard } from './openai';
import type { ChatOptions, ChatRequest, OpenOptions, Served, ServerKind } from './types';
import { VLLM_GREEDY, vllmScore, vllmTokens } from './vllmScore';

/**
 * vLLM: an adapter is a model with a name. Its prefix cache is keyed by that name, and a name whose weights change keeps the
 * states of the old ones: each variant is loaded under a fresh name.
 */
export const vllm: ServerKind = {
  id: 'vllm',
  identify: async (client, signal) => {
    const { status, json } = await client.ask('version', signal);
    const version = status === 200 && isRecord(json) ? json['version'] : undefined;
    if (typeof version !== 'string') return undefined;
    const cards = await listModels(client, signal);
    return cards?.some(({ owner }) => owner === 'vllm') === true ? client.shown(version) : undefined;
  },
  open: async (options) => {
    const cards = (await listModels(options.client, options.signal)) ?? [];
    const base = baseModel(options, cards);
    const { aligned, variants, models } = options;
    const toLoad = variants.filter(({ id }) => models[id] === undefined);
    const notes = await checkShapes({ servers: [base.root ?? base.id, base.id], users: aligned }, toLoad);
    const loaded = new LoadedAdapters(options);
    try {
      const names = new Map<string, string>();
      for (const variant of variants)
        names.set(
          variant.id,
          variant.adapter === null ? base.id : await nameFor(variant, options, cards, loaded),
        );
      return { ...served(options, base, names, loaded), notes };
    } catch (thrown) {
      await loaded.close();
      throw thrown;
    }
  },
};

function baseModel(
  { client, aligned, variants, models }: OpenOptions,
  cards: readonly ModelCard[],
): ModelCard {
  const bases = cards.filter(({ parent }) => parent === undefined);
  const id = variants.find(({ adapter }) => adapter === null)?.id;
  const name = id === undefined ? undefined : models[id];
  const found =
    bases.find((card) =>
      name === undefined ? card.root === aligned || card.id === aligned : card.id === name,
    ) ?? (name === undefined && bases.length === 1 ? bases[0] : undefined);
  if (found !== undefined) return found;
  throw client.failure(
    say('{0} has no model {1}', client.address.origin, displayName(name ?? aligned)),
    say('Its models are: {0}.', quotedList(bases.map((card) => card.id))),
  );
}

/** An adapter that the server has under a name that the user gave, or one that is loaded for this run. */
async function nameFor(
  variant: Variant,
  { client, models }: OpenOptions,
  cards: readonly ModelCard[],
  loaded: LoadedAdapters,
): Promise<string> {
  const name = models[variant.id];
  if (name === undefined) return await loaded.load(variant, cards);
  if (variant.scale !== 1) throw noScale(variant);
  if (cards.some(({ id }) => id === name)) return name;
  throw client.failure(
    say('{0} has no model {1}', client.address.origin, displayName(name)),
    say('Its models are: {0}.', quotedList(cards.map(({ id }) => id))),
  );
}

class LoadedAdapters {
  readonly #options: OpenOptions;
  readonly #folders = new VariantFolders();
  readonly #names: string[] = [];

  constructor(options: OpenOptions) {
    this.#options = options;
  }

  /** @returns the name; of an adapter that the server has from the same folder where it loads none while it runs */
  async load(variant: Variant, cards: readonly ModelCard[]): Promise<string> {
    const { client, signal } = this.#options;
    const folder = await this.#folders.peft(variant);
    const name = `splora-${folder.sha256.slice(0, 12)}-${randomBytes(4).toString('hex')}`;
    const body = { lora_name: name, lora_path: folder.path };
    const reply = await client.ask('v1/load_lora_adapter', signal, body);
    if (reply.status === 200) {
      this.#names.push(name);
      return name;
    }
    // Where the route is missing, FastAPI's own text comes; where the folder is, the name of the adapter is in it.
    if (reply.status !== 404 || reply.body.includes(name)) {
      const { data } = client.refusal('v1/load_lora_adapter', reply);
      throw client.failure(data.message, data.advice ?? LOAD_ADVICE);
    }
    const card = cards.find(({ root }) => root === folder.path);
    if (card !== undefined) return card.id;
    throw client.failure(
      say('{0} does not load adapters at run time and has none from {1}', client.address.origin, folder.path),
      say(
        'Start vLLM with VLLM_ALLOW_RUNTIME_LORA_UPDATING=True and --enable-lora, or serve the adapter and give its name.',
      ),
    );
  }

  async close(): Promise<void> {
    const { client } = this.#options;
    try {
      for (const name of this.#names.splice(0)) {
        // The run may have been cancelled: what it loaded goes all the same.
        await client.ask('v1/unload_lora_adapter', AbortSignal.timeout(UNLOAD_MS), { lora_name: name });
      }
    } catch (thrown) {
      // A server that is gone holds nothing, and why the run ended says more.
      if (!(thrown instanceof SploraError)) throw thrown;
    } finally {
      await this.#folders.close();
    }
  }
}

const UNLOAD_MS = 10_000;
const LOAD_ADVICE = say(
  'vLLM reads the folder itself: in a container it needs the same path. --max-lora-rank must be at least the rank.',
);

function served(
  { client, version }: OpenOptions,
  base: ModelCard,
  names: ReadonlyMap<string, string>,
  loaded: LoadedAdapters,
): Omit<Served, 'notes'> {
  const salt = randomBytes(16).toString('hex');
  const nameOf = (variant: Variant): string => names.get(variant.id) ?? ABSENT;
  return {
    software: `vLLM ${version}`,
    precision: null,
    ...(base.contextTokens === undefined ? {} : { contextTokens: base.contextTokens }),
    chat: (variant, ...rest) => request(nameOf(variant), salt, ...rest),
    absent: (...rest) => request(ABSENT, salt, ...rest),
    absentIs: 'refused',
    read: readChatReply,
    countTokens: (messages, signal) => vllmTokens(client, base.id, messages, signal),
    score: (continuation, variant, signal) => vllmScore(client, continuation, nameOf(variant), salt, signal),
    close: () => loaded.close(),
  };
}

function request(
  model: string,
  salt: string,
  messages: readonly ChatMessage[],
  { maxNewTokens, logProbabilities }: ChatOptions,
): ChatRequest {
  return {
    path: 'v1/chat/completions',
    body: {
      model,
      messages,
      ...VLLM_GREEDY,
      max_tokens: maxNewTokens,
      // No state of an earlier run is taken, whatever it was loaded from.
      cache_salt: `${salt}-${model}`,
      ...(logProbabilities === true ? { logprobs: true, top_logprobs: 0 } : {}),
    },
  };
}
