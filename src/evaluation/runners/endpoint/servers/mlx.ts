import { join } from 'node:path';
import { failure } from '../../../../core/errors';
import { say } from '../../../../core/message';
import { isRecord } from '../../../../core/record';
import { MAX_CONFIG_BYTES } from '../../../../core/checkpoint/modelConfig';
import { readSmallFile } from '../../../../io/folderFiles';
import { findInHubCache } from '../../../../io/hubCache';
import { statIfThere } from '../../../../io/ioError';
import { checkShapes } from '../adapterShapes';
import { readChatReply } from '../chatReply';
import { parsed } from '../serverText';
import { VariantFolders } from '../variantFolders';
import type { ChatRequest, OpenOptions, Served, ServerKind } from './types';

/**
 * mlx_lm.server: an adapter is a folder, named in each request. It drops the field where `model` is not a path, and keys
 * weights and cache by the folder's path, not by what is in it: each variant is written into a folder of its own.
 */
export const mlx: ServerKind = {
  id: 'mlx',
  identify: async (client, signal) => {
    const health = await client.ask('health', signal);
    if (health.status !== 200 || !isRecord(health.json) || health.json['status'] !== 'ok') return undefined;
    // Python's http.server, which none of the others uses.
    return health.software.startsWith('BaseHTTP') ? '' : undefined;
  },
  open: async (options) => {
    const { aligned, variants, models, client, signal } = options;
    const base = variants.find(({ adapter }) => adapter === null)?.id ?? 'aligned';
    const model = models[base] ?? aligned;
    await checkRotaryBase(model);
    const toLoad = variants.filter(({ id }) => models[id] === undefined);
    const notes = await checkShapes({ servers: [], users: model }, toLoad);
    const folders = new VariantFolders();
    try {
      const paths = new Map<string, string>();
      for (const variant of variants)
        if (variant.adapter !== null)
          paths.set(variant.id, models[variant.id] ?? (await folders.mlx(variant, model)).path);
      const version = await versions({ client, signal }, model);
      return { ...served(model, paths, folders, version), notes };
    } catch (thrown) {
      await folders.close();
      throw thrown;
    }
  },
};

function served(
  model: string,
  paths: ReadonlyMap<string, string>,
  folders: VariantFolders,
  version: string,
): Omit<Served, 'notes'> {
  return {
    software: `mlx_lm.server ${version}`.trim(),
    precision: null,
    // A switch reloads the whole model.
    concurrencyMax: 1,
    chat: (variant, ...rest) => request(model, paths.get(variant.id), ...rest),
    absent: (...rest) => request(model, join(model, 'splora-self-test-no-such-adapter'), ...rest),
    absentIs: 'refused',
    read: readChatReply,
    close: () => folders.close(),
  };
}

/** Omitted sampling fields are neutral here: temperature 0, no penalties. */
function request(
  model: string,
  adapters: string | undefined,
  ...[messages, { maxNewTokens, logProbabilities }]: Parameters<Served['absent']>
): ChatRequest {
  return {
    path: 'v1/chat/completions',
    body: {
      model,
      ...(adapters === undefined ? {} : { adapters }),
      messages,
      temperature: 0,
      max_tokens: maxNewTokens,
      stream: false,
      // Never top_logprobs: with more than one of them the entries are of other tokens.
      ...(logProbabilities === true ? { logprobs: true } : {}),
    },
  };
}

/** `system_fingerprint` is mlx-lm's version, mlx's and the system. */
async function versions(
  { client, signal }: Pick<OpenOptions, 'client' | 'signal'>,
  model: string,
): Promise<string> {
  const messages = [{ role: 'user', content: '.' }] as const;
  const { path, body } = request(model, undefined, messages, { maxNewTokens: 1 });
  const json = await client.generate(path, body, signal);
  const fingerprint = isRecord(json) ? json['system_fingerprint'] : undefined;
  if (typeof fingerprint !== 'string') return '';
  const [lm = '', core = ''] = fingerprint.split('-');
  return client.shown(`${lm} (mlx ${core})`);
}

/** The model types of mlx-lm 0.32.2 that read `rope_parameters`. */
const READ_ROPE_PARAMETERS = new Set([
  'exaone_moe',
  'gemma4_text',
  'glm_moe_dsa',
  'granitemoehybrid',
  'laguna',
  'lfm2',
  'lfm2_moe',
  'mellum',
  'minimax_m3_vl',
  'ministral3',
  'mistral4',
  'muse_glimmer',
  'muse_spark',
  'olmo_hybrid',
  'qwen3',
  'qwen3_5',
  'spark2_5',
]);

/** What the others take where the config says nothing, as far as it is known to be the usual value. */
const DEFAULT_ROTARY_BASE: Readonly<Record<string, number>> = {
  llama: 10_000,
  mistral: 10_000,
  qwen2: 1_000_000,
};

/**
 * transformers 5 writes the rotary base into `rope_parameters` only, which most models of mlx-lm do not read: they would
 * run with a default, as another model, and say nothing.
 */
async function checkRotaryBase(model: string): Promise<void> {
  const isFolder = (await statIfThere(model))?.isDirectory() === true;
  const folder = isFolder ? model : await findInHubCache(model, process.env);
  if (folder === undefined) return;
  const file = join(folder, 'config.json');
  const bytes = await readSmallFile(file, MAX_CONFIG_BYTES);
  const config = bytes === undefined ? undefined : parsed(new TextDecoder().decode(bytes));
  if (!isRecord(config) || config['rope_theta'] !== undefined) return;
  const { rope_parameters: rope, model_type: type } = config;
  const base = isRecord(rope) ? rope['rope_theta'] : undefined;
  if (typeof base !== 'number' || typeof type !== 'string') return;
  if (READ_ROPE_PARAMETERS.has(type) || DEFAULT_ROTARY_BASE[type] === base) return;
  throw failure(
    'endpoint',
    say('mlx-lm does not read rope_parameters of this model and would silently use a different rotary base'),
    file,
    say('Add "rope_theta": {0} to the top level of config.json and restart the server.', base),
  );
}
