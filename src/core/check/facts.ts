import { quotedList } from '../adapter/names';
import type { AdapterModule } from '../adapter/types';
import { lastOfPath } from '../lastPart';
import { displayName } from '../safetensors/displayName';
import type { CheckInput, RuleValues } from './types';

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

export const namesOf = (modules: readonly AdapterModule[]): string[] => modules.map(({ name }) => name);

/** For the rule that a loader looks for one file name. */
export const otherFileName =
  (expected: string) =>
  ({ adapter }: CheckInput): RuleValues => {
    const name = lastOfPath(adapter.weightsFile);
    return name === expected ? undefined : [displayName(name)];
  };

export const isEmbedding = ({ a }: AdapterModule): boolean => a.name.includes('lora_embedding_A');
