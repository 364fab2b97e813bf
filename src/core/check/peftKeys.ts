import { parseAdapterKey, type KeyPart } from '../adapter/keys';
import type { AdapterModule } from '../adapter/types';
import { displayName } from '../safetensors/displayName';
import { say, type Message } from '../message';
import { BACKBONE_PREFIXES, hasLayer } from './model';
import { peftTargets, type TargetTest } from './peftTargets';
import type { CheckInput, LoaderInput, Version } from './types';
import { compareVersions } from './versions';

/** What `PeftModel` puts in front of every name. */
export const PEFT_PREFIX = 'base_model.model.';

/** How a loader finds the parameters of its model by the names in the file. */
export interface KeyReader {
  readonly loader: 'PEFT' | 'load_adapter';
  /** Any of these may stand in front of a name. */
  readonly prefixes: readonly string[];
  /** The backbone's prefix is added where the model has the name with it. */
  readonly addsBackbone: boolean;
  /** What may follow the name of a module, by what the tensor is to it. */
  readonly endings: (version: Version) => Readonly<Partial<Record<KeyPart, readonly string[]>>>;
}

const ENDINGS: Readonly<Partial<Record<KeyPart, readonly string[]>>> = {
  a: ['lora_A.weight'],
  b: ['lora_B.weight'],
  bBias: ['lora_B.bias'],
  embeddingA: ['lora_embedding_A'],
  embeddingB: ['lora_embedding_B'],
  magnitude: ['lora_magnitude_vector', 'lora_magnitude_vector.weight'],
};

/** Since 0.21 the name of a parameter itself is taken as well: `lora_A.default.weight`. */
const WITH_DEFAULT: typeof ENDINGS = {
  a: ['lora_A.weight', 'lora_A.default.weight'],
  b: ['lora_B.weight', 'lora_B.default.weight'],
  bBias: ['lora_B.bias', 'lora_B.default.bias'],
  embeddingA: ['lora_embedding_A', 'lora_embedding_A.default'],
  embeddingB: ['lora_embedding_B', 'lora_embedding_B.default'],
  magnitude: [
    'lora_magnitude_vector',
    'lora_magnitude_vector.weight',
    'lora_magnitude_vector.default.weight',
  ],
};

/** Version of PEFT whose loading compares names with those of the model's parameters. */
export const STRUCTURAL_SINCE: Version = [0, 21];

export const PEFT_KEYS: KeyReader = {
  loader: 'PEFT',
  prefixes: [PEFT_PREFIX],
  addsBackbone: false,
  endings: (version) => (compareVersions(version, STRUCTURAL_SINCE) >= 0 ? WITH_DEFAULT : ENDINGS),
};

/** `load_adapter` puts the adapter's name behind the first part that starts with `lora_`, whatever follows. */
export const TRANSFORMERS_KEYS: KeyReader = {
  loader: 'load_adapter',
  prefixes: [PEFT_PREFIX, ''],
  addsBackbone: true,
  endings: () => ({ ...ENDINGS, magnitude: ['lora_magnitude_vector.weight'] }),
};

/** Whether the reader takes the tensor for that part of the module. */
export function readsKey(
  reader: KeyReader,
  version: Version,
  { name }: { readonly name: string },
  module: string,
): boolean {
  const part = parseAdapterKey(name)?.part;
  const endings = part === undefined ? undefined : reader.endings(version)[part];
  return (
    endings?.some((ending) => reader.prefixes.some((prefix) => name === `${prefix}${module}.${ending}`)) ===
    true
  );
}

/** Why the reader does not find the module's factors in the file; undefined: it does. */
export function unreadKey(
  reader: KeyReader,
  { version }: LoaderInput,
  { name, a, b }: AdapterModule,
): Message | undefined {
  const wrong = [a, b].find((tensor) => !readsKey(reader, version, tensor, name));
  if (wrong === undefined) return undefined;
  const part = parseAdapterKey(wrong.name)?.part;
  const ending = part === undefined ? undefined : ENDINGS[part]?.[0];
  return say(
    '{0} expects the key {1}, but the file has {2}.',
    reader.loader,
    displayName(`${PEFT_PREFIX}${name}.${ending ?? 'lora_A.weight'}`),
    displayName(wrong.name),
  );
}

/** The name that the model's class gives to a module of the file: with the backbone's prefix where the reader adds it. */
export function nameInModel(reader: KeyReader, name: string, { model }: CheckInput): string {
  if (!reader.addsBackbone || model === undefined || hasLayer(model, name)) return name;
  for (const prefix of BACKBONE_PREFIXES) if (hasLayer(model, `${prefix}${name}`)) return `${prefix}${name}`;
  return name;
}

const tests = new WeakMap<object, Map<string | undefined, TargetTest>>();

/** One test and one budget for all rules; each module is evaluated once. */
export function targetsOf({ adapter: { config }, model }: CheckInput): TargetTest {
  const modelType = model?.modelType;
  const byType = tests.get(config) ?? new Map<string | undefined, TargetTest>();
  tests.set(config, byType);
  const known = byType.get(modelType);
  if (known !== undefined) return known;
  const test = peftTargets(config, modelType);
  const answers = new Map<string, boolean | undefined>();
  const made: TargetTest = (module) => {
    if (!answers.has(module)) answers.set(module, test(module));
    return answers.get(module);
  };
  byType.set(modelType, made);
  return made;
}
