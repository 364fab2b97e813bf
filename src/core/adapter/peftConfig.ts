import * as z from 'zod/mini';
import { isRecord } from '../record';
import { badConfig, fieldError, fieldMustBe, mustBe, shownValue } from './configText';
import { nameText } from './nameText';
import { lastMember, objectMembers } from './jsonText';
import { namesIn, type PatternEntry } from './peftNames';
import { say } from '../message';

/** No layer has more rows; PEFT refuses r <= 0. */
const RANK_MAX = 1_048_576;
/** Any sane alpha is far below; larger ones overflow the norms. */
const ALPHA_MAX = 1e9;
const LIST_MAX = 1_000_000;
/** One entry for each module of the largest models is a few thousand. */
const PATTERNS_MAX = 10_000;

const maybe = <T extends z.core.$ZodType>(schema: T): z.ZodMiniOptional<z.ZodMiniNullable<T>> =>
  z.optional(z.nullable(schema));
const flag = maybe(z.boolean(mustBe('true or false')));
const text = maybe(z.string(mustBe('a string')));
const names = z
  .array(nameText, mustBe('a list of strings'))
  .check(z.maxLength(LIST_MAX, mustBe('a shorter list')));
const nameOrNames = maybe(z.union([z.string(), names], mustBe('a string or a list of strings')));
const anObject = maybe(z.looseObject({}, mustBe('an object')));
const whole = z.int(mustBe('a whole number'));
const RANK = mustBe('a whole number from 1 to 1048576');
const rank = z.int(RANK).check(z.gte(1, RANK), z.lte(RANK_MAX, RANK));
const ALPHA = mustBe('a number between -1000000000 and 1000000000');
const alpha = z.number(ALPHA).check(z.gte(-ALPHA_MAX, ALPHA), z.lte(ALPHA_MAX, ALPHA));

/** Fields of PEFT's LoraConfig up to 0.21, with the types that its versions write; unknown fields are let through. */
const SCHEMA_FIELDS = {
  peft_type: text,
  task_type: text,
  auto_mapping: anObject,
  base_model_name_or_path: maybe(nameText),
  revision: text,
  peft_version: text,
  inference_mode: flag,
  r: z.optional(rank),
  lora_alpha: z.optional(alpha),
  lora_dropout: maybe(z.number(mustBe('a number'))),
  target_modules: nameOrNames,
  exclude_modules: nameOrNames,
  fan_in_fan_out: flag,
  bias: maybe(z.enum(['none', 'all', 'lora_only'], mustBe('"none", "all", or "lora_only"'))),
  use_rslora: flag,
  modules_to_save: nameOrNames,
  init_lora_weights: maybe(z.union([z.boolean(), z.string()], mustBe('true, false, or a string'))),
  layers_to_transform: maybe(z.union([whole, z.array(whole)], mustBe('a whole number or a list of them'))),
  layers_pattern: nameOrNames,
  megatron_config: anObject,
  megatron_core: text,
  trainable_token_indices: maybe(
    z.union([z.array(whole), z.looseObject({})], mustBe('a list of whole numbers or an object')),
  ),
  loftq_config: anObject,
  eva_config: anObject,
  corda_config: anObject,
  lora_ga_config: anObject,
  kasa_config: anObject,
  monteclora_config: anObject,
  velora_config: anObject,
  arrow_config: anObject,
  runtime_config: anObject,
  use_dora: flag,
  use_qalora: flag,
  qalora_group_size: maybe(whole),
  use_bdlora: maybe(z.union([z.boolean(), z.looseObject({})], mustBe('true, false, or an object'))),
  layer_replication: maybe(z.array(z.array(whole), mustBe('a list of [start, end]'))),
  lora_bias: flag,
  target_parameters: nameOrNames,
  alora_invocation_tokens: maybe(z.array(whole, mustBe('a list of whole numbers'))),
  ensure_weight_tying: flag,
};
const PEFT_SCHEMA = z.looseObject(SCHEMA_FIELDS);
/** All that PEFT 0.21 writes. */
export const PEFT_FIELDS: ReadonlySet<string> = new Set([
  ...Object.keys(SCHEMA_FIELDS),
  'rank_pattern',
  'alpha_pattern',
]);

/** What is read from a PEFT config, defaults filled in as PEFT does. */
export interface PeftConfig {
  readonly peftType?: string;
  /** Default 8. */
  readonly r: number;
  /** Default 8. */
  readonly loraAlpha: number;
  readonly useRslora: boolean;
  readonly useDora: boolean;
  readonly fanInFanOut: boolean;
  /** In the order of the file: the first match wins. */
  readonly rankPattern: readonly PatternEntry[];
  readonly alphaPattern: readonly PatternEntry[];
  readonly targetParameters: readonly string[];
  readonly blockDiagonal: boolean;
  readonly alignedHint?: string;
}

/** PEFT's LoraConfig defaults. */
const DEFAULT_R = 8;
const DEFAULT_ALPHA = 8;

/**
 * Validates a PEFT config. `source` is its text, from which the order of patterns is taken (JavaScript puts keys that
 * look like numbers first). Throws `bad-config` with the field's name.
 */
export function readPeftConfig(
  config: Readonly<Record<string, unknown>>,
  source: string,
  file?: string,
): PeftConfig {
  const parsed = z.safeParse(PEFT_SCHEMA, config);
  if (!parsed.success) throw fieldError(file, parsed.error.issues[0], config);
  const fields = parsed.data;
  const hint = fields.base_model_name_or_path;
  return {
    ...(typeof fields.peft_type === 'string' ? { peftType: fields.peft_type } : {}),
    r: fields.r ?? DEFAULT_R,
    loraAlpha: fields.lora_alpha ?? DEFAULT_ALPHA,
    useRslora: fields.use_rslora ?? false,
    useDora: fields.use_dora ?? false,
    fanInFanOut: fields.fan_in_fan_out ?? false,
    rankPattern: readPattern(config, 'rank_pattern', source, file, rank, RANK),
    alphaPattern: readPattern(config, 'alpha_pattern', source, file, alpha, ALPHA),
    targetParameters: namesIn(fields.target_parameters),
    blockDiagonal:
      fields.use_bdlora !== null && fields.use_bdlora !== undefined && fields.use_bdlora !== false,
    ...(typeof hint === 'string' && hint !== '' ? { alignedHint: hint } : {}),
  };
}

/** Fields of a PEFT config whose value has a type or range that PEFT's versions never write. */
export function invalidPeftFields(config: Readonly<Record<string, unknown>>): readonly string[] {
  const { error } = z.safeParse(PEFT_SCHEMA, config);
  const fields = new Set((error?.issues ?? []).map(({ path }) => String(path[0])));
  const patterns = [
    ['rank_pattern', rank],
    ['alpha_pattern', alpha],
  ] as const;
  for (const [field, schema] of patterns) {
    const value = config[field];
    if (value === null || value === undefined) continue;
    const values = isRecord(value) ? Object.values(value) : undefined;
    const isValid =
      values !== undefined &&
      values.length <= PATTERNS_MAX &&
      values.every((entry) => z.safeParse(schema, entry).success);
    if (!isValid) fields.add(field);
  }
  return [...fields];
}

/** A pattern object as an ordered list; by hand, because schemas of records drop keys like `__proto__`. */
function readPattern(
  config: Readonly<Record<string, unknown>>,
  field: string,
  source: string,
  file: string | undefined,
  schema: z.core.$ZodType<number>,
  expected: string,
): PatternEntry[] {
  const value = Object.hasOwn(config, field) ? config[field] : undefined;
  if (value === null || value === undefined) return [];
  if (!isRecord(value))
    throw badConfig(
      file,
      say('"{0}" in adapter_config.json must be an object, not {1}', field, shownValue(value)),
    );
  const values = new Map(Object.entries(value));
  if (values.size > PATTERNS_MAX)
    throw badConfig(file, say('"{0}" in adapter_config.json has more than {1} entries', field, PATTERNS_MAX));
  for (const [key, entry] of values) {
    if (!z.safeParse(schema, entry).success) throw fieldMustBe(file, `${field}.${key}`, expected, entry);
  }
  return patternEntries(config, field, source);
}

/**
 * The entries of `rank_pattern` or `alpha_pattern` that are numbers, in the order of the text, first occurrences first,
 * as Python's dict keeps them; JavaScript puts keys that look like numbers first.
 * @param source text of the config
 */
export function patternEntries(
  config: Readonly<Record<string, unknown>>,
  field: string,
  source: string,
): PatternEntry[] {
  const value = Object.hasOwn(config, field) ? config[field] : undefined;
  if (!isRecord(value)) return [];
  const values = new Map(Object.entries(value));
  const member = lastMember(objectMembers(source), field);
  const members = member === undefined ? [] : objectMembers(source, member.valueStart);
  return members.flatMap(({ key }) => {
    const entry = values.get(key);
    values.delete(key);
    return typeof entry === 'number' ? [{ key, value: entry }] : [];
  });
}
