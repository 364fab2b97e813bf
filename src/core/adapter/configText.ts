import { displayName } from '../safetensors/displayName';
import { failure, type SploraError } from '../errors';
import { isRecord } from '../record';
import { jsonPlace } from '../safetensors/jsonScanner';
import { say, type Message, type MessageValue } from '../message';

/** Larger configs are refused before they are parsed; a list of 100,000 token ids has 0.7 MB. */
export const CONFIG_BYTES_MAX = 2 * 1024 * 1024;
/** More fields than this are no config; PEFT's has about 50, that of a training run some hundred. */
const FIELDS_MAX = 10_000;

/** `bad-config`, with the field at fault in the message. */
export function badConfig(file: string | undefined, message: Message): SploraError {
  const advice = say("Correct the field, or get adapter_config.json from the adapter's source again.");
  return failure('bad-config', message, file, advice);
}

/** Parses an adapter config: a JSON object, as it is. Throws `bad-config`. */
export function parseConfigText(text: string, file: string | undefined): Record<string, unknown> {
  const json = text.replace(/^\uFEFF/, '');
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    const message = say('adapter_config.json is not valid JSON ({0})', jsonPlace(json));
    const advice = say("Correct it there, or get adapter_config.json from the adapter's source again.");
    throw failure('bad-config', message, file, advice);
  }
  if (!isRecord(value)) throw badConfig(file, say('adapter_config.json is not a JSON object'));
  if (Object.keys(value).length > FIELDS_MAX)
    throw badConfig(file, say('adapter_config.json has more than {0} fields', FIELDS_MAX));
  return value;
}

/** A value from a config, shortened for a sentence. */
export function shownValue(value: unknown): MessageValue {
  if (typeof value === 'string') return displayName(value.slice(0, 60));
  if (Array.isArray(value)) return say('a list');
  if (typeof value === 'object' && value !== null) return say('an object');
  return String(value);
}

/** What a schema says that a field must be: `fieldError` makes a message of it, so it is collected for translation. */
export function mustBe(text: string): string {
  return text;
}

/** The first thing that a schema found, as one sentence: field, what it must be, what it is. */
export function fieldError(
  file: string | undefined,
  issue: { readonly path: readonly PropertyKey[]; readonly message: string } | undefined,
  config: unknown,
): SploraError {
  const path = issue?.path ?? [];
  let value: unknown = config;
  for (const key of path)
    value = isRecord(value) || Array.isArray(value) ? Reflect.get(value, key) : undefined;
  return fieldMustBe(file, path.map(String).join('.'), issue?.message ?? mustBe('something else'), value);
}

export function fieldMustBe(
  file: string | undefined,
  field: string,
  expected: string,
  value: unknown,
): SploraError {
  const message = say(
    '{0} in adapter_config.json must be {1}, not {2}',
    displayName(field),
    { text: expected },
    shownValue(value),
  );
  return badConfig(file, message);
}
