import { readdir, readFile, stat } from 'node:fs/promises';
import * as path from 'node:path';
import { displayName } from '../../core/safetensors/displayName';
import { SploraError, toErrorData, worded } from '../../core/errors';
import { ADAPTER_CONFIG, isAdapterWeights } from '../ids';
import { isMissing } from './identity';

/** An adapter config has a few kilobytes; a list of all module names of a large model some hundred. */
const MAX_CONFIG_BYTES = 16 * 1024 * 1024;

/**
 * The key of an adapter (absolute path of its weights file) from whatever a person pointed at: that file, the config
 * beside it, or their folder.
 * @throws SploraError `not-found` when there is no adapter there, `io` when the place cannot be read
 */
export async function resolveAdapter(pointed: string): Promise<string> {
  const place = path.resolve(pointed);
  const isFolder = await isDirectory(place);
  if (!isFolder && path.basename(place) !== ADAPTER_CONFIG) {
    if (place.endsWith('.safetensors')) return place;
    throw notFound(place, '{0} is no LoRA adapter.');
  }
  const folder = isFolder ? place : path.dirname(place);
  // PEFT's and MLX's final names stand before the numbered checkpoints of a run, of which the last one counts.
  const names = (await readdir(folder)).filter(isAdapterWeights);
  const [final] = names.filter((name) => !/^\d/.test(name)).sort();
  const weights = final ?? names.sort().at(-1);
  if (weights === undefined) throw notFound(folder, '{0} holds no LoRA adapter.');
  return path.join(folder, weights);
}

/**
 * The aligned model that an adapter was trained on, as its config names it: PEFT's `base_model_name_or_path`, MLX's
 * `model`. Undefined where the config is missing, broken or silent; the engine says what is wrong with it.
 */
export async function readAlignedHint(adapter: string): Promise<string | undefined> {
  const file = path.join(path.dirname(adapter), ADAPTER_CONFIG);
  try {
    const found = await stat(file);
    // Opening a pipe would wait for ever.
    if (!found.isFile() || found.size > MAX_CONFIG_BYTES) return undefined;
    const config: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (typeof config !== 'object' || config === null) return undefined;
    const hints = [
      'base_model_name_or_path' in config ? config.base_model_name_or_path : undefined,
      'model' in config ? config.model : undefined,
    ];
    return hints.find((hint): hint is string => typeof hint === 'string' && hint !== '');
  } catch (thrown) {
    if (isMissing(thrown) || thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
}

async function isDirectory(place: string): Promise<boolean> {
  try {
    return (await stat(place)).isDirectory();
  } catch (thrown) {
    if (isMissing(thrown)) throw notFound(place, '{0} does not exist.');
    throw new SploraError(toErrorData(thrown), { cause: thrown });
  }
}

/** @param text with a place for the name of the file */
function notFound(file: string, text: string): SploraError {
  return new SploraError({
    code: 'not-found',
    ...worded(text, displayName(path.basename(file))),
    file,
    advice: 'Choose a folder with adapter_model.safetensors (PEFT) or adapters.safetensors (MLX).',
  });
}
