import { basename, dirname, extname } from 'node:path';
import { failure, type SploraError } from '../core/errors';
import { MAX_INDEX_BYTES, MAX_SHARDS, parseShardIndex, type ShardIndex } from '../core/checkpoint/shardIndex';
import { displayName } from '../core/safetensors/displayName';
import { isAdapterWeights } from './adapterFiles';
import { fileInFolder, listFolder, readSmallFile } from './folderFiles';
import { say, type Message } from '../core/message';

/** Which files make up a checkpoint. */
export interface CheckpointLayout {
  readonly folder: string;
  /** File names in `folder`. */
  readonly files: readonly string[];
  readonly index?: ShardIndex;
  /** A file that the user named: a link is followed wherever it leads. */
  readonly chosenFile?: string;
}

const INDEX_SUFFIX = '.safetensors.index.json';
const SHARD_NAME = /^(.*)-([0-9]{5})-of-([0-9]{5})\.safetensors$/s;

/** Whether a folder with these files may be a model: it has safetensors weights that are not an adapter's. */
export function holdsModelWeights(names: readonly string[]): boolean {
  return names.some((name) => name.endsWith(INDEX_SUFFIX) || isModelWeights(name));
}

function isModelWeights(name: string): boolean {
  return name.endsWith('.safetensors') && !isAdapterWeights(name);
}

/** The layout of a chosen file; a shard means its whole set. @throws SploraError */
export async function layoutOfFile(path: string): Promise<CheckpointLayout> {
  const folder = dirname(path);
  const name = basename(path);
  if (name.endsWith(INDEX_SUFFIX)) return await indexedLayout(folder, name);
  const [, prefix] = SHARD_NAME.exec(name) ?? [];
  if (prefix !== undefined) {
    const names = await listFolder(folder);
    const index = `${prefix}${INDEX_SUFFIX}`;
    return names.includes(index) ? await indexedLayout(folder, index) : numberedLayout(folder, name, names);
  }
  const other = declineByExtension(name);
  if (other !== undefined) throw declined(path, say('The file is {0}', other));
  if (extname(name) === '.json') {
    const advice = say("Choose the model's folder instead.");
    throw failure('unsupported-checkpoint', say('The file contains no weights'), path, advice);
  }
  return { folder, files: [name], chosenFile: path };
}

/** The layout of a model folder: index, `model.safetensors`, a numbered set, or the only weights file. @throws SploraError */
export async function layoutOfFolder(folder: string): Promise<CheckpointLayout> {
  const names = await listFolder(folder);
  const index = pick(
    names.filter((name) => name.endsWith(INDEX_SUFFIX)),
    `model${INDEX_SUFFIX}`,
  );
  if (index !== undefined) return await indexedLayout(folder, index);
  const weights = names.filter(isModelWeights);
  if (weights.includes('model.safetensors')) return { folder, files: ['model.safetensors'] };
  const shards = weights.filter((name) => SHARD_NAME.test(name));
  const sets = new Set(shards.map((name) => name.replace(SHARD_NAME, '$1 $3')));
  const [shard] = shards;
  if (shard !== undefined && sets.size === 1) return numberedLayout(folder, shard, names);
  const [only] = weights;
  if (only !== undefined && weights.length === 1) return { folder, files: [only] };
  if (weights.length > 1) throw ambiguous(folder, weights);
  throw noWeights(folder, names);
}

async function indexedLayout(folder: string, name: string): Promise<CheckpointLayout> {
  const path = await fileInFolder(folder, name);
  const json = await readSmallFile(path, MAX_INDEX_BYTES);
  const index = parseShardIndex(json ?? new Uint8Array(), path);
  const files = [...new Set(index.values())].sort();
  requireAll(folder, files, await listFolder(folder));
  return { folder, files, index };
}

function numberedLayout(folder: string, shard: string, names: readonly string[]): CheckpointLayout {
  const [, prefix = '', , digits = ''] = SHARD_NAME.exec(shard) ?? [];
  const count = Math.min(Number(digits), MAX_SHARDS);
  const files = Array.from(
    { length: count },
    (_, i) => `${prefix}-${String(i + 1).padStart(5, '0')}-of-${digits}.safetensors`,
  );
  if (!files.includes(shard)) {
    const message = say('The number of shard {0} is greater than its shard count', displayName(shard));
    const advice = say('Rename the shard to its original name.');
    throw failure('bad-index', message, folder, advice);
  }
  requireAll(folder, files, names);
  return { folder, files };
}

function requireAll(folder: string, files: readonly string[], names: readonly string[]): void {
  const there = new Set(names);
  const missing = files.filter((name) => !there.has(name));
  const [first] = missing;
  if (first === undefined) return;
  const shown = displayName(first);
  const more = String(missing.length - 1);
  const message =
    missing.length === 1
      ? say('The checkpoint is incomplete: the shard {0} is missing', shown)
      : say('The checkpoint is incomplete: the shard {0} and {1} more are missing', shown, more);
  throw failure('incomplete-checkpoint', message, folder, say('Download the missing files.'));
}

/** The favorite, or the only one. */
function pick(names: readonly string[], favorite: string): string | undefined {
  return names.includes(favorite) ? favorite : names.length === 1 ? names[0] : undefined;
}

const OTHER_FORMATS: ReadonlyMap<string, Message> = new Map([
  ['.gguf', say('GGUF (llama.cpp)')],
  ['.bin', say('PyTorch (.bin), which is not read, since pickles can run code')],
  ['.pt', say('PyTorch (.pt), which is not read, since pickles can run code')],
  ['.pth', say('PyTorch (.pth), which is not read, since pickles can run code')],
  ['.ckpt', say('a PyTorch or TensorFlow checkpoint (.ckpt), which is not read')],
  ['.h5', say('TensorFlow (.h5)')],
  ['.msgpack', say('Flax (.msgpack)')],
  ['.npz', say('NumPy (.npz)')],
  ['.onnx', say('ONNX')],
]);

function declineByExtension(name: string): Message | undefined {
  return OTHER_FORMATS.get(extname(name).toLowerCase());
}

function noWeights(folder: string, names: readonly string[]): SploraError {
  const other = names.map(declineByExtension).find((format) => format !== undefined);
  if (other !== undefined)
    return declined(folder, say('The folder has no .safetensors file, only {0}', other));
  const [message, advice] = names.some(isAdapterWeights)
    ? [
        say('The folder contains an adapter, not a model'),
        say('Choose the folder of the model that the adapter was trained on.'),
      ]
    : [
        say('The folder contains no model weights'),
        say('Choose a folder with model.safetensors, or with shards and model.safetensors.index.json.'),
      ];
  return failure('unsupported-checkpoint', message, folder, advice);
}

function declined(path: string, message: Message): SploraError {
  const advice = say('Choose the safetensors version of the same model, in bf16 or fp16.');
  return failure('unsupported-checkpoint', message, path, advice);
}

function ambiguous(folder: string, weights: readonly string[]): SploraError {
  const shown = weights.slice(0, 3).map(displayName).join(', ');
  const message = say(
    'The folder contains {0} weights files ({1}) and no index',
    String(weights.length),
    weights.length > 3 ? `${shown}, …` : shown,
  );
  const advice = say('Choose the folder of one model, or name one of the files.');
  return failure('unsupported-checkpoint', message, folder, advice);
}
