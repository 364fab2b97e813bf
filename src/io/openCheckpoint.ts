import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { assemble, type Shard } from '../core/checkpoint/assemble';
import { MAX_CONFIG_BYTES, parseModelConfig, type ModelConfig } from '../core/checkpoint/modelConfig';
import { refuseQuantized } from '../core/checkpoint/quantized';
import type { Checkpoint } from '../core/checkpoint/types';
import { failure } from '../core/errors';
import { displayName } from '../core/safetensors/displayName';
import { openByteSource } from './byteSource';
import { layoutOfFile, layoutOfFolder, type CheckpointLayout } from './checkpointLayout';
import { fileInFolder, listFolder, readSmallFile } from './folderFiles';
import { expandHome, findInHubCache, hubCacheFolder, isRepoId } from './hubCache';
import { reading, statIfThere } from './ioError';
import { readSafetensorsHeader } from './safetensorsFile';
import { say } from '../core/message';
import { defined } from '../core/record';

/** Headers read at once: hides the latency of network disks, and holds few file handles. */
const PARALLEL_HEADERS = 8;

export interface OpenCheckpointOptions {
  /** Folder that a relative path starts from; absent: the working directory. */
  readonly relativeTo?: string;
  /** Where the Hugging Face cache is looked up; absent: `process.env`. */
  readonly env?: NodeJS.ProcessEnv;
  /** Take quantized checkpoints too, for callers that read names and shapes only. */
  readonly quantized?: boolean;
}

/**
 * Opens a model: names, shapes and places of its tensors; no weights are read.
 * @param spec a folder, a file (.safetensors or index), or a Hugging Face repo id that is in the local cache; a path wins
 * @throws SploraError 'not-found', 'bad-index', 'bad-safetensors', 'unsupported-checkpoint', 'lfs-pointer', 'io', …
 */
export async function openCheckpoint(spec: string, options: OpenCheckpointOptions = {}): Promise<Checkpoint> {
  const path = await resolveSpec(spec, options);
  const isFolder = (await reading(path, () => stat(path))).isDirectory();
  const layout = isFolder ? await layoutOfFolder(path) : await layoutOfFile(path);
  const config = await readConfig(layout.folder);
  const shards = await readShards(layout);
  const { tensors, notes } = assemble(shards, layout.index);
  if (options.quantized !== true) refuseQuantized(tensors, config, path);
  return {
    path,
    tensors,
    ...defined({
      modelType: config.modelType,
      architectures: config.architectures,
      heads: config.heads,
      keyValueHeads: config.keyValueHeads,
    }),
    // transformers' own default is true, and an untied head is always stored.
    tiedEmbeddings: config.tiedEmbeddings ?? true,
    notes,
  };
}

async function resolveSpec(spec: string, options: OpenCheckpointOptions): Promise<string> {
  if (spec === '' || spec.includes('\0'))
    throw failure('bad-request', say('No model was specified: specify a folder, a file, or a repo ID'));
  const env = options.env ?? process.env;
  const path = resolve(options.relativeTo ?? '.', expandHome(spec, env));
  if ((await statIfThere(path)) !== undefined) return path;
  const cached = await findInHubCache(spec, env);
  if (cached !== undefined) return cached;
  if (!isRepoId(spec))
    throw failure(
      'not-found',
      say('File or folder not found'),
      path,
      say('Check the path. A downloaded model can also be specified by its Hugging Face repo ID.'),
    );
  throw failure(
    'not-found',
    say(
      '{0} is neither a file or folder nor a model in the Hugging Face cache ({1})',
      displayName(spec),
      hubCacheFolder(env),
    ),
    path,
    say('Download it with "hf download {0}", or specify a folder.', spec),
  );
}

async function readConfig(folder: string): Promise<ModelConfig> {
  if (!(await listFolder(folder)).includes('config.json')) return {};
  const path = await fileInFolder(folder, 'config.json');
  const json = await readSmallFile(path, MAX_CONFIG_BYTES);
  return json === undefined ? {} : parseModelConfig(json, path);
}

/** Headers of all files, in the layout's order. */
async function readShards({ folder, files, chosenFile }: CheckpointLayout): Promise<Shard[]> {
  const shards = new Array<Shard>(files.length);
  const waiting = files.entries();
  const worker = async (): Promise<void> => {
    for (const [i, name] of waiting) {
      const file = chosenFile ?? (await fileInFolder(folder, name));
      shards[i] = { file, name, header: await readHeader(file) };
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_HEADERS }, worker));
  return shards;
}

async function readHeader(file: string): Promise<Shard['header']> {
  const source = await openByteSource(file);
  try {
    return await readSafetensorsHeader(source);
  } finally {
    await source.close();
  }
}
