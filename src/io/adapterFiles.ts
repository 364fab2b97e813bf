import { lstat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { CONFIG_BYTES_MAX } from '../core/adapter/configText';
import { naturalCompare, quotedList } from '../core/adapter/names';
import { badRequest, failure, type SploraError } from '../core/errors';
import { displayName } from '../core/safetensors/displayName';
import { fileInFolder, listFolder, readSmallFile } from './folderFiles';
import { statIfThere } from './ioError';
import { say, type Message } from '../core/message';

/** File names that loaders look for, in the order of preference: PEFT, then mlx-lm. */
const WEIGHTS_NAMES = ['adapter_model.safetensors', 'adapters.safetensors'];
/** mlx-lm's checkpoints of a run, numbered by step. */
const NUMBERED = /^\d+_adapters\.safetensors$/;
export const CONFIG_NAME = 'adapter_config.json';

/** Whether a file with this name holds an adapter, as PEFT and mlx-lm name them. */
export function isAdapterWeights(name: string): boolean {
  return WEIGHTS_NAMES.includes(name) || NUMBERED.test(name);
}
const PICKLES = new Set(['.bin', '.pt', '.pth', '.ckpt']);
/** Folders that are looked into only to name them in an error. */
const SUBFOLDERS_LOOKED_INTO = 32;

/** The files of one adapter; absolute paths. */
export interface AdapterFiles {
  readonly weightsFile: string;
  readonly configFile?: string;
  /** Why the config that is there cannot be read, and which other weights are not. */
  readonly notes: readonly Message[];
}

const CONVERT_ADVICE = say(
  'Convert it: load the adapter with PEFT and call save_pretrained(…, safe_serialization=True). Pickles are never opened here.',
);

/** Whether the folder of a model is refused, or its only file taken as well; `pickle too`: also adapter_model.bin. */
export type Wanted = 'adapter' | 'any weights' | 'pickle too';

/** What torch.save wrote, under the name that PEFT and vLLM look for. */
const PICKLE_NAME = 'adapter_model.bin';

/** The weights and the config of the adapter that a path means. Errors: those of `findAdapterWeights`, `bad-index`. */
export async function findAdapterFiles(path: string, wanted?: Wanted): Promise<AdapterFiles> {
  return await withConfig(await findAdapterWeights(path, wanted));
}

const CHOOSE_ADAPTER = say('Choose the folder with adapter_model.safetensors or adapters.safetensors.');

/**
 * The weights file of the adapter that a path means, absolute: its folder, its adapter_config.json, or any .safetensors
 * file. In a folder: PEFT's file or mlx-lm's (of both the one that the config is for), its last numbered checkpoint, or the
 * only .safetensors file.
 * Errors: `not-found`, `unsupported-adapter` (pickle), `bad-request` (several to choose from), `io`.
 */
export async function findAdapterWeights(path: string, wanted: Wanted = 'adapter'): Promise<string> {
  const absolute = resolve(path);
  const kind = await kindOf(absolute);
  if (kind === 'none') {
    throw failure('not-found', say('Adapter not found'), absolute, say('Check that the path exists.'));
  }
  if (kind === 'folder') return await inFolder(absolute, wanted);
  const extension = extname(absolute).toLowerCase();
  if (extension === '.safetensors') return absolute;
  if (basename(absolute) === CONFIG_NAME) return await inFolder(dirname(absolute), wanted);
  if (wanted === 'pickle too' && basename(absolute) === PICKLE_NAME) return absolute;
  if (extension === '.npz') throw oldMlx(absolute);
  if (PICKLES.has(extension)) await refuseTrainerFile(absolute);
  if (PICKLES.has(extension))
    throw failure(
      'unsupported-adapter',
      say('The adapter is a PyTorch pickle, not safetensors'),
      absolute,
      CONVERT_ADVICE,
    );
  if (extension === '.gguf') {
    throw failure(
      'unsupported-adapter',
      say('The adapter is GGUF (llama.cpp), not safetensors'),
      absolute,
      say('Choose the PEFT folder that it was converted from.'),
    );
  }
  throw badRequest(
    say('The file is not an adapter'),
    say('Choose an adapter folder, its {0}, or a .safetensors file.', CONFIG_NAME),
    absolute,
  );
}

/** What mlx-lm wrote until April 2024. */
const oldMlx = (path: string): SploraError =>
  failure(
    'unsupported-adapter',
    say('The adapter is an .npz file, as MLX wrote it until April 2024'),
    path,
    say(
      'Convert it: mx.save_safetensors("adapters.safetensors", mx.load("adapters.npz")), and write an adapter_config.json.',
    ),
  );

/** What the Trainer of transformers writes into a checkpoint beside the adapter. */
const TRAINER_FILE = /^(?:optimizer|scheduler|scaler|training_args|rng_state(?:_\d+)?)\.(?:pt|pth|bin)$/;

/** Names the adapter beside a file of the trainer. */
async function refuseTrainerFile(path: string): Promise<void> {
  if (!TRAINER_FILE.test(basename(path))) return;
  const folder = dirname(path);
  const weights = await knownName(folder, await listFolder(folder));
  if (weights === undefined) return;
  throw failure(
    'unsupported-adapter',
    say('This is a file of the trainer, not the adapter'),
    path,
    say('Choose {0} beside it.', displayName(weights)),
  );
}

async function kindOf(path: string): Promise<'folder' | 'file' | 'none'> {
  const found = await statIfThere(path);
  return found === undefined ? 'none' : found.isDirectory() ? 'folder' : 'file';
}

/**
 * The config beside the weights. A link must not lead out of the folder, whether the folder or its weights were chosen;
 * but for the cache's own links to its blobs.
 */
async function withConfig(weightsFile: string): Promise<AdapterFiles> {
  const folder = dirname(weightsFile);
  const notes = await otherWeights(folder, basename(weightsFile));
  const configFile = join(folder, CONFIG_NAME);
  if ((await statIfThere(configFile, lstat)) === undefined) return { weightsFile, notes };
  const kind = await kindOf(configFile);
  if (kind === 'none') return { weightsFile, notes: [DEAD_LINK, ...notes] };
  await fileInFolder(folder, CONFIG_NAME);
  return kind === 'file' ? { weightsFile, configFile, notes } : { weightsFile, notes: [FOLDER, ...notes] };
}

/** Other programs, or other options of the same, load these: PEFT and vLLM `adapter_model.bin`, mlx-lm its own name. */
async function otherWeights(folder: string, read: string): Promise<Message[]> {
  const others = (await listFolder(folder)).filter(
    (name) =>
      name !== read &&
      (WEIGHTS_NAMES.includes(name) ||
        /^(?:adapter_model|new_embeddings)\.(?:safetensors|bin|pt)$/.test(name)),
  );
  return others.length === 0
    ? []
    : [say('Only {0} is read; the folder also has {1}.', displayName(read), quotedList(others))];
}

const DEAD_LINK = say('adapter_config.json is a broken link: replace it with the file.');
const FOLDER = say('adapter_config.json is a folder: replace it with the file.');

async function inFolder(folder: string, wanted: Wanted): Promise<string> {
  const names = await listFolder(folder);
  const known =
    (await knownName(folder, names)) ??
    names
      .filter((name) => NUMBERED.test(name))
      .sort(naturalCompare)
      .at(-1);
  if (known !== undefined) return await fileInFolder(folder, known);
  if (wanted === 'pickle too' && names.includes(PICKLE_NAME)) return await fileInFolder(folder, PICKLE_NAME);
  if (wanted !== 'any weights' && names.includes('config.json') && !names.includes(CONFIG_NAME))
    throw failure(
      'unsupported-adapter',
      say('The folder contains a model, not an adapter'),
      folder,
      CHOOSE_ADAPTER,
    );
  const weights = names.filter((name) => name.toLowerCase().endsWith('.safetensors'));
  const [only] = weights;
  if (weights.length === 1 && only !== undefined) return await fileInFolder(folder, only);
  if (weights.length > 1) {
    throw badRequest(
      say('The folder contains several .safetensors files ({0})', quotedList(weights)),
      say('Choose one of the files.'),
      folder,
    );
  }
  throw await nothingIn(folder, names);
}

/** PEFT's file or mlx-lm's; of both the one that the config is for. */
async function knownName(folder: string, names: readonly string[]): Promise<string | undefined> {
  const [first, second] = WEIGHTS_NAMES.filter((name) => names.includes(name));
  if (second === undefined || !names.includes(CONFIG_NAME)) return first;
  return (await isMlxConfig(folder)) ? second : first;
}

/** Whether adapter_config.json is mlx-lm's; one that cannot be read is refused later, with the reason. */
async function isMlxConfig(folder: string): Promise<boolean> {
  if ((await kindOf(join(folder, CONFIG_NAME))) !== 'file') return false;
  const bytes = await readSmallFile(await fileInFolder(folder, CONFIG_NAME), CONFIG_BYTES_MAX);
  const text = new TextDecoder().decode(bytes);
  return /"(?:lora_parameters|fine_tune_type)"\s*:/.test(text) && !/"peft_type"\s*:/.test(text);
}

/** Says what the folder holds instead of weights. */
async function nothingIn(folder: string, names: readonly string[]): Promise<SploraError> {
  const pickle = names.find((name) => name.startsWith('adapter_model.') && PICKLES.has(extname(name)));
  if (pickle !== undefined) {
    return failure(
      'unsupported-adapter',
      say('The folder contains {0}, a PyTorch pickle, and no safetensors file', displayName(pickle)),
      folder,
      CONVERT_ADVICE,
    );
  }
  const old = names.find((name) => name.endsWith('.npz'));
  if (old !== undefined) return oldMlx(join(folder, old));
  if (names.includes(CONFIG_NAME)) {
    const message = say(
      'The folder contains {0} but no weights (adapter_model.safetensors or adapters.safetensors)',
      CONFIG_NAME,
    );
    return failure(
      'not-found',
      message,
      folder,
      say('Download the weights file too, or run "git lfs pull" in the folder.'),
    );
  }
  const inside: string[] = [];
  for (const name of names.slice(0, SUBFOLDERS_LOOKED_INTO)) {
    if ((await kindOf(join(folder, name, CONFIG_NAME))) === 'file') inside.push(name);
  }
  if (inside.length > 0)
    return failure(
      'not-found',
      say('The folder itself contains no adapter'),
      folder,
      say('Choose one of its folders: {0}.', quotedList(inside)),
    );
  return failure('not-found', say('The folder contains no adapter'), folder, CHOOSE_ADAPTER);
}
