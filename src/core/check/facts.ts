import { quotedList } from '../adapter/names';
import type { AdapterModule } from '../adapter/types';
import { lastOfPath } from '../lastPart';
import { say } from '../message';
import { displayName } from '../safetensors/displayName';
import type { LoadRule, RuleValues } from './types';

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

export const isEmbedding = ({ a }: AdapterModule): boolean => a.name.includes('lora_embedding_A');

/** Absent, or null in JSON. */
export const isMissing = (value: unknown): boolean => value === undefined || value === null;

/** Refusals of every loader. @param other the format that it does not read */
export function refusals(
  loader: string,
  expected: 'PEFT' | 'MLX',
  other: 'PEFT' | 'MLX',
): readonly LoadRule[] {
  return [
    {
      severity: 'stop',
      message: say(
        '{0} does not read {1} adapters: convert the adapter to {2} first.',
        loader,
        other,
        expected,
      ),
      when: ({ adapter }) => adapter.family === other.toLowerCase(),
    },
    {
      severity: 'stop',
      message: say('There is no adapter_config.json: {0} cannot load the adapter.', loader),
      when: ({ adapter }) => adapter.configText === undefined,
    },
  ];
}

export function otherFileName(loader: string, expected: string): LoadRule {
  return {
    severity: 'error',
    message: say('{0} looks for {1}, but the file is named {2}: rename it.'),
    when: ({ adapter }) => {
      const name = lastOfPath(adapter.weightsFile);
      return name !== expected && [loader, expected, displayName(name)];
    },
  };
}
