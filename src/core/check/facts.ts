import { quotedList } from '../adapter/names';
import { lastMember, objectMembers } from '../adapter/jsonText';
import { patternEntries } from '../adapter/peftConfig';
import { compilePatterns, PATTERN_STEPS_MAX, valueFor } from '../adapter/peftNames';
import type { Adapter, AdapterModule } from '../adapter/types';
import { lastOfPath } from '../lastPart';
import { say, type MessageValue } from '../message';
import { displayName } from '../safetensors/displayName';
import type { LoaderInput, LoadRule, RuleValues } from './types';

/** Whether Python takes a value as true. */
export const isTruthy = (value: unknown): boolean =>
  Array.isArray(value)
    ? value.length > 0
    : typeof value === 'object' && value !== null
      ? Object.keys(value).length > 0
      : Boolean(value);

/** Values of a message that lists names; undefined without any. */
export const listing = (names: readonly string[]): RuleValues =>
  names.length === 0 ? undefined : [quotedList(names)];

/** The values of a rule with others in front; what is no list stays as it is. */
export const prefixed = (values: RuleValues, ...first: readonly MessageValue[]): RuleValues =>
  typeof values === 'object' ? [...first, ...values] : values;

export const namesOf = (modules: readonly AdapterModule[]): string[] => modules.map(({ name }) => name);

export const isEmbedding = ({ a }: AdapterModule): boolean => a.name.includes('lora_embedding_A');

/** Absent, or null in JSON. */
export const isMissing = (value: unknown): boolean => value === undefined || value === null;

/** Refusals of every loader. @param other the format that it does not read */
export function refusals(
  loader: string,
  expected: 'PEFT' | 'MLX',
  other: 'PEFT' | 'MLX',
  source: string,
): readonly LoadRule[] {
  return [
    {
      severity: 'stop',
      source,
      message: say(
        '{0} does not read {1} adapters: convert the adapter to {2} with "splora export".',
        loader,
        other,
        expected,
      ),
      when: ({ adapter }) => adapter.family === other.toLowerCase(),
    },
    {
      severity: 'stop',
      source,
      message: say('There is no adapter_config.json: {0} cannot load the adapter.', loader),
      when: ({ adapter }) => adapter.configText === undefined,
    },
  ];
}

/** @param others names that the loader looks for as well */
export function otherFileName(
  loader: string,
  expected: string,
  source: string,
  others: readonly string[] = [],
): LoadRule {
  return {
    severity: 'error',
    source,
    message: say('{0} looks for {1}, but the file is named {2}: rename it.'),
    when: ({ adapter }) => {
      const name = lastOfPath(adapter.weightsFile);
      return name !== expected && !others.includes(name) && [loader, expected, displayName(name)];
    },
  };
}

/** A field whose value cannot be what the loader takes; `isGood` is not asked about absent fields. */
export const mistyped = (
  field: string,
  isGood: (value: unknown) => boolean,
  rest: Pick<LoadRule, 'message' | 'source'>,
): LoadRule => ({
  severity: 'error',
  field,
  when: ({ adapter: { config } }) => Object.hasOwn(config, field) && !isGood(config[field]),
  ...rest,
});

/**
 * Fields with a value that no version writes: what a loader makes of them is not known.
 * @param others fields that have rules of their own, or are not read
 */
export const oddFields = (loader: string, others: ReadonlySet<string>): LoadRule => ({
  severity: 'unsure',
  source: 'adapter_config.json',
  message: say('The config has values of an unexpected type: {0}. What {1} does with them is not known.'),
  when: ({ invalidFields = [] }: LoaderInput) =>
    followed(listing(invalidFields.filter((field) => !others.has(field))), loader),
});

/** The values of a rule with others behind; what is no list stays as it is. */
const followed = (values: RuleValues, ...last: readonly MessageValue[]): RuleValues =>
  typeof values === 'object' ? [...values, ...last] : values;

/** Whether a number of the config is written as a whole one: Python reads 4.0 as another type than 4. */
export function isWrittenWhole({ configText = '' }: Adapter, ...path: readonly string[]): boolean {
  let from = 0;
  let text = '';
  for (const key of path) {
    const member = lastMember(objectMembers(configText, from), key);
    if (member === undefined) return true;
    from = member.valueStart;
    text = configText.slice(member.valueStart, member.valueEnd);
  }
  return !/^-?\d+(?:\.|e)/i.test(text);
}

/** LoraConfig's defaults of `r` and `lora_alpha`. */
const DEFAULT_VALUE = 8;

/**
 * The rank or alpha that a PEFT config gives a module: by the first pattern that matches its name, else the global value;
 * undefined where a pattern cannot be evaluated.
 */
export function configValue(
  { config, configText = '' }: Adapter,
  field: 'r' | 'lora_alpha',
): (module: AdapterModule) => number | undefined {
  const value = config[field];
  const global = typeof value === 'number' ? value : DEFAULT_VALUE;
  const pattern = field === 'r' ? 'rank_pattern' : 'alpha_pattern';
  const patterns = compilePatterns(patternEntries(config, pattern, configText));
  const budget = { steps: PATTERN_STEPS_MAX };
  return ({ name }) => valueFor(patterns, global, name, budget);
}

/** Whether two scales are the same up to rounding. */
export const isSameScale = (left: number, right: number): boolean =>
  Math.abs(left - right) <= 1e-9 * Math.max(Math.abs(left), Math.abs(right));
