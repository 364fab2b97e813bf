import { failure, type SploraError } from '../errors';
import { defined, isRecord } from '../record';
import { applyEdits, type TextEdit } from '../adapter/jsonText';
import { placeOf, scanText } from '../safetensors/jsonScanner';
import { say, type Message } from '../message';

/** A real config.json has some KB; bounds what is read into memory. */
export const MAX_CONFIG_BYTES = 16 * 1024 * 1024;

/** What matters here of a model's config.json. */
export interface ModelConfig {
  readonly modelType?: string;
  /** Names of classes, of which a config has one. */
  readonly architectures?: readonly string[];
  /** Absent: the config does not say. */
  readonly tiedEmbeddings?: boolean;
  /** Of attention. */
  readonly heads?: number;
  readonly keyValueHeads?: number;
  /** Name of the quantization that the config declares, e.g. `gptq`. */
  readonly quantization?: string;
}

/**
 * Reads a config.json leniently: unknown and mistyped fields are passed over, `NaN` and `Infinity` (which Python writes
 * and JSON forbids) do not matter. Fields of `text_config` count where the top level has none.
 * @throws SploraError 'bad-config' when it is no JSON object
 */
export function parseModelConfig(json: Uint8Array, file: string): ModelConfig {
  const config = parseModelConfigText(new TextDecoder().decode(json), file);
  const text = isRecord(config['text_config']) ? config['text_config'] : {};
  const modelType = config['model_type'] ?? text['model_type'];
  const tied = config['tie_word_embeddings'] ?? text['tie_word_embeddings'];
  const quantization = declaredQuantization(config) ?? declaredQuantization(text);
  return {
    ...(typeof modelType === 'string' ? { modelType } : {}),
    ...defined({
      architectures: classNames(config['architectures']),
      heads: count(config['num_attention_heads'] ?? text['num_attention_heads']),
      keyValueHeads: count(config['num_key_value_heads'] ?? text['num_key_value_heads']),
    }),
    ...(typeof tied === 'boolean' ? { tiedEmbeddings: tied } : {}),
    ...(quantization === undefined ? {} : { quantization }),
  };
}

/** More classes, or longer names, are passed over. */
const CLASSES_MAX = 16;
const CLASS_NAME_MAX = 200;

function classNames(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const names = value.slice(0, CLASSES_MAX);
  return names.filter((name) => typeof name === 'string').filter((name) => name.length <= CLASS_NAME_MAX);
}

/** Real models have a few hundred. */
const HEADS_MAX = 65_536;

const count = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= HEADS_MAX
    ? value
    : undefined;

function declaredQuantization(config: Readonly<Record<string, unknown>>): string | undefined {
  // `quantization` is MLX's field, `compression_config` that of older compressed-tensors.
  for (const field of ['quantization_config', 'compression_config', 'quantization']) {
    const value = config[field];
    if (!isRecord(value) || Object.keys(value).length === 0) continue;
    const method = value['quant_method'] ?? value['quant_type'];
    return typeof method === 'string' ? method : field === 'quantization' ? 'MLX' : 'unnamed method';
  }
  return undefined;
}

/** All fields of a config.json; errors as `parseModelConfig`. */
export function parseModelConfigText(text: string, file: string): Readonly<Record<string, unknown>> {
  const nulls: TextEdit[] = [];
  const nonNumber = (start: number, end: number): void => void nulls.push({ start, end, text: 'null' });
  const end = scanText(text, (scanner) => scanner.skipValue(), { nonNumber });
  if (end !== undefined) throw notAConfig(file, say('it is not valid JSON ({0})', placeOf(text, end)));
  const config: unknown = JSON.parse(applyEdits(text, nulls));
  if (!isRecord(config)) throw notAConfig(file, say('it is not a JSON object'));
  return config;
}

function notAConfig(file: string, why: Message): SploraError {
  const advice = say("Download the model's config.json again, or remove it.");
  return failure('bad-config', say("The model's config.json cannot be read: {0}", why), file, advice);
}
