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
  /** What may follow the name of a module. */
  readonly endings: (version: Version) => ReadonlySet<string>;
}

const ENDINGS = [
  ...['lora_A.weight', 'lora_B.weight', 'lora_B.bias', 'lora_embedding_A', 'lora_embedding_B'],
  'lora_magnitude_vector.weight',
];
const MAGNITUDE = 'lora_magnitude_vector';

/** The name of a parameter itself, with the name of the adapter: `lora_A.default.weight`. */
const NAMED = [
  ...['lora_A.default.weight', 'lora_B.default.weight', 'lora_B.default.bias'],
  ...['lora_embedding_A.default', 'lora_embedding_B.default', 'lora_magnitude_vector.default.weight'],
];

const WITHOUT_MAGNITUDE: ReadonlySet<string> = new Set(ENDINGS);
const AS_SAVED: ReadonlySet<string> = new Set([...ENDINGS, MAGNITUDE]);
const WITH_NAME: ReadonlySet<string> = new Set([...ENDINGS, MAGNITUDE, ...NAMED]);

/** Version of PEFT whose loading compares names with those of the model's parameters. */
export const STRUCTURAL_SINCE: Version = [0, 21];

/** When PEFT began to rename the keys of adapters from before a class was renamed. */
const RENAMES_SINCE: Version = [0, 16];

export const PEFT_KEYS: KeyReader = {
  loader: 'PEFT',
  prefixes: [PEFT_PREFIX],
  addsBackbone: false,
  endings: (version) => (compareVersions(version, STRUCTURAL_SINCE) >= 0 ? WITH_NAME : AS_SAVED),
};

/** `load_adapter` puts the adapter's name behind the first part that starts with `lora_`, whatever follows. */
export const TRANSFORMERS_KEYS: KeyReader = {
  loader: 'load_adapter',
  prefixes: [PEFT_PREFIX, ''],
  addsBackbone: true,
  endings: () => WITHOUT_MAGNITUDE,
};

/** Whether the reader takes the tensor for a part of the module. */
export function readsKey(
  reader: KeyReader,
  version: Version,
  { name }: { readonly name: string },
  module: string,
): boolean {
  const endings = reader.endings(version);
  return reader.prefixes.some((prefix) => {
    const end = prefix.length + module.length;
    if (name[end] !== '.' || !name.startsWith(prefix) || !name.startsWith(module, prefix.length))
      return false;
    return endings.has(name.slice(end + 1));
  });
}

const EXPECTED: Readonly<Partial<Record<KeyPart, string>>> = {
  b: 'lora_B.weight',
  embeddingA: 'lora_embedding_A',
  embeddingB: 'lora_embedding_B',
};

/** Modules that are not read, and why; asked for by several rules. */
const unread = new WeakMap<LoaderInput, ReadonlyMap<AdapterModule, Message>>();

/** Why the reader does not find the module's factors in the file; undefined: it does. One reader for each `input`. */
export function unreadKey(reader: KeyReader, input: LoaderInput, module: AdapterModule): Message | undefined {
  const known = unread.get(input) ?? findAllUnread(reader, input);
  unread.set(input, known);
  return known.get(module);
}

function findAllUnread(reader: KeyReader, input: LoaderInput): ReadonlyMap<AdapterModule, Message> {
  const found = new Map<AdapterModule, Message>();
  for (const module of input.adapter.modules) {
    const reason = findUnread(reader, input, module);
    if (reason !== undefined) found.set(module, reason);
  }
  return found;
}

function findUnread(
  reader: KeyReader,
  { version }: LoaderInput,
  { name, a, b }: AdapterModule,
): Message | undefined {
  const wrong = [a, b].find((tensor) => !readsKey(reader, version, tensor, name));
  if (wrong === undefined) return undefined;
  const ending = EXPECTED[parseAdapterKey(wrong.name)?.part ?? 'a'] ?? 'lora_A.weight';
  return say(
    '{0} expects the key {1}, but the file has {2}.',
    reader.loader,
    displayName(`${PEFT_PREFIX}${name}.${ending}`),
    displayName(wrong.name),
  );
}

/** The name that the model's class gives to a module of the file: with the backbone's prefix where the reader adds it. */
export function nameInModel(
  reader: KeyReader,
  given: string,
  { model, rename, version }: LoaderInput,
): string {
  const renames = reader.loader === 'load_adapter' || compareVersions(version, RENAMES_SINCE) >= 0;
  const name = renames ? (rename?.(given) ?? given) : given;
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
