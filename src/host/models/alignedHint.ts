import * as path from 'node:path';
import { CONFIG_BYTES_MAX, parseConfigText } from '../../core/adapter/configText';
import { SploraError } from '../../core/errors';
import { MAX_NAME_LENGTH } from '../../core/safetensors/displayName';
import { readSmallFile } from '../../io/folderFiles';
import { ADAPTER_CONFIG } from '../ids';

/**
 * The aligned model that an adapter was trained on, as its config names it: PEFT's `base_model_name_or_path`, MLX's
 * `model`. Undefined if the config is missing or broken, or the name is too long: the engine reports what is wrong.
 */
export async function readAlignedHint(adapter: string): Promise<string | undefined> {
  const file = path.join(path.dirname(adapter), ADAPTER_CONFIG);
  try {
    const bytes = await readSmallFile(file, CONFIG_BYTES_MAX);
    const config = bytes === undefined ? {} : parseConfigText(new TextDecoder().decode(bytes), file);
    const hints = [config['base_model_name_or_path'], config['model']];
    return hints.find(
      (hint): hint is string => typeof hint === 'string' && hint !== '' && hint.length <= MAX_NAME_LENGTH,
    );
  } catch (thrown) {
    if (thrown instanceof SploraError) return undefined;
    throw thrown;
  }
}
