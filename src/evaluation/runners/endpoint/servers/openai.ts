import { quotedList } from '../../../../core/adapter/names';
import { failure } from '../../../../core/errors';
import { say } from '../../../../core/message';
import { isRecord } from '../../../../core/record';
import { displayName } from '../../../../core/safetensors/displayName';
import type { Variant } from '../../types';
import { readChatReply } from '../chatReply';
import type { EndpointClient } from '../client';
import type { OpenOptions, Served, ServerKind } from './types';

/** A server lists its adapters too. */
const MODELS_MAX = 100_000;
/** As no server has a model: the self-test asks for it, and must be refused. */
export const ABSENT = 'splora-self-test-no-such-model';

export interface ModelCard {
  readonly id: string;
  /** vLLM: folder of the weights, and the model that an adapter belongs to. */
  readonly root?: string;
  readonly parent?: string;
  readonly owner?: string;
  readonly contextTokens?: number;
}

/** `GET /v1/models`; undefined where there is no such list, as in mlx_lm without a cache folder. */
export async function listModels(
  client: EndpointClient,
  signal: AbortSignal,
): Promise<readonly ModelCard[] | undefined> {
  const reply = await client.ask('v1/models', signal);
  if (reply.status === 401 || reply.status === 403) throw client.refusal('v1/models', reply);
  const data = isRecord(reply.json) ? reply.json['data'] : undefined;
  if (reply.status !== 200 || !Array.isArray(data)) return undefined;
  return (data as readonly unknown[]).slice(0, MODELS_MAX).flatMap((card) => {
    if (!isRecord(card) || typeof card['id'] !== 'string') return [];
    const { id, root, parent, owned_by: owner, max_model_len: most } = card;
    return {
      id,
      ...(typeof root === 'string' ? { root } : {}),
      ...(typeof parent === 'string' ? { parent } : {}),
      ...(typeof owner === 'string' ? { owner } : {}),
      ...(typeof most === 'number' && Number.isSafeInteger(most) && most > 0 ? { contextTokens: most } : {}),
    };
  });
}

/**
 * The server's name of each variant: as given in the request, else the variant's own, else the aligned model's.
 * @throws SploraError 'bad-request' for a variant with a scale, 'endpoint' for a name that the server does not list
 */
export function namedModels(
  { client, variants, models, aligned }: OpenOptions,
  listed: readonly string[] | undefined,
): ReadonlyMap<string, string> {
  return new Map(
    variants.map((variant) => {
      const name = models[variant.id] ?? variant.adapter ?? aligned;
      if (variant.scale !== 1 && variant.adapter !== null) throw noScale(variant);
      if (listed?.includes(name) === false) {
        throw client.failure(
          say('{0} has no model {1}', client.address.origin, displayName(name)),
          say(
            'Specify the name of the model for variant {0}. The server has: {1}.',
            displayName(variant.id),
            quotedList(listed),
          ),
        );
      }
      return [variant.id, name];
    }),
  );
}

export const noScale = ({ id, scale }: Variant) =>
  failure(
    'bad-request',
    say('This server cannot multiply adapter {0} by {1}', displayName(id), scale),
    undefined,
    say('Write an adapter with that scale ("splora repair --method scale") and serve it.'),
  );

/** Any other server with the OpenAI API: each variant is a model of its own there. */
export const openai: ServerKind = {
  id: 'openai',
  identify: async (client, signal) => ((await listModels(client, signal)) === undefined ? undefined : ''),
  open: async (options) => {
    const cards = await listModels(options.client, options.signal);
    const names = namedModels(
      options,
      cards?.map(({ id }) => id),
    );
    return openaiServed(names);
  },
};

function openaiServed(names: ReadonlyMap<string, string>): Served {
  const request: (model: string, ...rest: Rest) => ReturnType<Served['chat']> = (
    model,
    messages,
    { maxNewTokens },
  ) => ({
    path: 'v1/chat/completions',
    body: {
      model,
      messages,
      temperature: 0,
      top_p: 1,
      presence_penalty: 0,
      frequency_penalty: 0,
      seed: 0,
      max_tokens: maxNewTokens,
      stream: false,
    },
  });
  return {
    software: 'OpenAI-compatible server',
    precision: null,
    notes: [
      say('The type of the server is unknown. Apart from temperature 0, its own sampling settings apply.'),
    ],
    chat: (variant, ...rest) => request(names.get(variant.id) ?? ABSENT, ...rest),
    absent: (...rest) => request(ABSENT, ...rest),
    absentIs: 'refused',
    read: readChatReply,
    close: () => Promise.resolve(),
  };
}

type Rest = Parameters<Served['absent']>;
