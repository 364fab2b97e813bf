import { failure } from '../core/errors';
import { say } from '../core/message';
import { optionError, parseOptions, type Option, type OptionTable } from '../core/options';
import type { AgentTool, Operations } from './types';
import type { Message } from '../core/message';

interface Definition<R extends object, O extends object> {
  readonly name: string;
  readonly title: Message;
  readonly description: string;
  /** Must be given. */
  readonly required: OptionTable<R>;
  readonly optional: OptionTable<O>;
  readonly writes?: boolean;
  readonly sends?: boolean;
  readonly confirm?: (input: R & Partial<O>) => Message | undefined;
  readonly call: (input: R & Partial<O>, operations: Operations) => Promise<object>;
}

export function defineTool<R extends object, O extends object>({
  required,
  optional,
  writes = false,
  sends = false,
  confirm,
  call,
  ...head
}: Definition<R, O>): AgentTool {
  const options = { ...required, ...optional } as unknown as AgentTool['options'];
  const names = Object.keys(required);
  const parse = (given: Readonly<Record<string, unknown>>): R & Partial<O> => {
    const parsed = parseOptions(options, given);
    if ('problem' in parsed) throw optionError(parsed.problem);
    const missing = names.find((name) => parsed.values[name] === undefined);
    if (missing !== undefined)
      throw failure('bad-request', say('The option {0} of {1} is missing.', missing, head.name));
    // Each value was accepted by its own option.
    return parsed.values as R & Partial<O>;
  };
  return {
    ...head,
    ...{ options, writes, sends },
    required: names,
    confirm: (input) => confirm?.(parse(input)),
    call: async (input, operations) => call(parse(input), operations),
  };
}

/** JSON schema of the input of a tool. */
export function inputSchema({ options, required }: AgentTool): object {
  const properties = Object.fromEntries(
    Object.entries(options).map(([name, option]) => [name, propertySchema(option)]),
  );
  return { type: 'object', properties, required, additionalProperties: false };
}

function propertySchema({
  type,
  description,
  choices,
  minimum,
  maximum,
  schema,
}: Option<unknown>): Readonly<Record<string, unknown>> {
  return {
    type,
    ...(description === undefined ? {} : { description }),
    ...(choices === undefined ? {} : { enum: choices }),
    ...(minimum === undefined ? {} : { minimum }),
    ...(maximum === undefined ? {} : { maximum }),
    ...schema,
  };
}
