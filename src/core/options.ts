import { badRequest, failure, type SploraError } from './errors';
import { say, type Message } from './message';

/**
 * One option, wherever it is given: to a command, as a flag of the command line, as a setting. Validation, help and
 * package.json come from this declaration.
 */
export interface Option<T> {
  readonly type: 'boolean' | 'string' | 'number' | 'integer' | 'array' | 'object';
  readonly accepts: (value: unknown) => value is T;
  readonly default?: T;
  /** English. Markdown where it has code in it. */
  readonly description?: string;
  /** The only values that are allowed. */
  readonly choices?: readonly string[];
  readonly choiceDescriptions?: Readonly<Record<string, string>>;
  readonly minimum?: number;
  readonly maximum?: number;
  /** What a string names. */
  readonly names?: 'path' | 'model';
  /** A valid value as JSON, if nothing else tells what is valid. */
  readonly example?: string;
  /** More keywords of JSON schema, for values that `type` says too little about. */
  readonly schema?: Readonly<Record<string, unknown>>;
}

export type OptionTable<O> = { readonly [K in keyof O]-?: Option<O[K]> };

/** What a table of options takes. */
export type OptionValues<T> = { [K in keyof T]: T[K] extends Option<infer V> ? V : never };

/** Why options are refused. */
export type OptionProblem =
  | { readonly kind: 'unknown'; readonly name: string; readonly allowed: readonly string[] }
  | {
      readonly kind: 'invalid';
      readonly name: string;
      readonly value: unknown;
      readonly option: Option<unknown>;
    };

export type ParsedOptions<O> = { readonly values: Partial<O> } | { readonly problem: OptionProblem };

/** Checks names and values. Absent and undefined options stay absent: defaults are up to the caller. */
export function parseOptions<O extends object>(
  table: OptionTable<O>,
  given: Readonly<Record<string, unknown>>,
): ParsedOptions<O> {
  const values: Partial<O> = {};
  for (const [name, value] of Object.entries(given)) {
    if (!hasOption(table, name)) {
      return { problem: { kind: 'unknown', name, allowed: Object.keys(table) } };
    }
    const option = table[name];
    if (value === undefined) continue;
    if (!option.accepts(value)) return { problem: { kind: 'invalid', name, value, option } };
    values[name] = value;
  }
  return { values };
}

/**
 * The values with the defaults of the rest.
 * @throws SploraError `bad-request` for an unknown option, an invalid value, or a missing one without a default
 */
export function optionValues<O extends object>(
  table: OptionTable<O>,
  given: Readonly<Record<string, unknown>>,
): O {
  const parsed = parseOptions(table, given);
  if ('problem' in parsed) throw optionError(parsed.problem);
  const defaults: Partial<O> = {};
  for (const name of Object.keys(table) as (keyof O & string)[]) defaults[name] = table[name].default;
  // Each value is accepted by its own option, or is its default.
  return { ...defaults, ...parsed.values } as O;
}

/** `bad-request`: which option, and what it takes. */
export function optionError(problem: OptionProblem): SploraError {
  if (problem.kind === 'unknown') {
    const { name, allowed } = problem;
    const advice = allowed.length === 0 ? undefined : say('Allowed: {0}.', allowed.join(', '));
    return failure('bad-request', say('Unknown option {0}.', JSON.stringify(name)), undefined, advice);
  }
  const { name, value, option } = problem;
  return badRequest(say('Invalid value for {0}: {1}.', name, JSON.stringify(value)), adviceFor(option));
}

/** What an option takes. */
export function adviceFor(option: Option<unknown>): Message {
  const { type, choices, names, example } = option;
  if (names === 'model') return say('Specify a path or a Hugging Face repo ID.');
  if (names === 'path') return say('Specify a path.');
  if (example !== undefined) return say('Specify a value such as {0}.', example);
  if (type === 'number' || type === 'integer') return numberAdvice(option);
  const values = type === 'boolean' ? [true, false] : (choices ?? [type]);
  return say('Allowed: {0}.', values.map((one) => JSON.stringify(one)).join(', '));
}

function numberAdvice({ type, minimum, maximum }: Option<unknown>): Message {
  const isWhole = type === 'integer';
  if (minimum !== undefined && maximum !== undefined)
    return isWhole
      ? say('Specify a whole number from {0} to {1}.', minimum, maximum)
      : say('Specify a number from {0} to {1}.', minimum, maximum);
  if (minimum !== undefined)
    return isWhole
      ? say('Specify a whole number of at least {0}.', minimum)
      : say('Specify a number of at least {0}.', minimum);
  if (maximum !== undefined)
    return isWhole
      ? say('Specify a whole number of at most {0}.', maximum)
      : say('Specify a number of at most {0}.', maximum);
  return isWhole ? say('Specify a whole number.') : say('Specify a number.');
}

function hasOption<O extends object>(table: OptionTable<O>, name: string): name is keyof O & string {
  return Object.hasOwn(table, name);
}

export function flag(description?: string): Option<boolean> {
  return option('boolean', description, (value) => typeof value === 'boolean');
}

export function text(description?: string): Option<string> {
  return option('string', description, (value) => typeof value === 'string');
}

/** The path of a file or folder. */
export function pathOption(description?: string): Option<string> {
  return { ...filled(description), names: 'path' };
}

/** A path of a model or its Hugging Face repo ID. */
export function modelOption(description?: string): Option<string> {
  return { ...filled(description), names: 'model' };
}

function filled(description: string | undefined): Option<string> {
  const accepts = (value: unknown): value is string => typeof value === 'string' && value !== '';
  return option('string', description, accepts);
}

/** @param each what each value does */
export function choice<const T extends string>(
  choices: readonly T[],
  description?: string,
  each?: Readonly<Record<T, string>>,
): Option<T> {
  const accepts = (value: unknown): value is T => choices.some((one) => one === value);
  return {
    ...option('string', description, accepts),
    choices,
    ...(each === undefined ? {} : { choiceDescriptions: each }),
  };
}

interface Range {
  readonly minimum?: number;
  readonly maximum?: number;
}

export function number(description?: string, range: Range = {}): Option<number> {
  return { ...option('number', description, isNumberIn(range)), ...range };
}

export function integer(description?: string, range: Range = {}): Option<number> {
  const isInRange = isNumberIn(range);
  const accepts = (value: unknown): value is number => isInRange(value) && Number.isInteger(value);
  return { ...option('integer', description, accepts), ...range };
}

function isNumberIn({ minimum = -Infinity, maximum = Infinity }: Range): (value: unknown) => value is number {
  return (value): value is number =>
    typeof value === 'number' && Number.isFinite(value) && value >= minimum && value <= maximum;
}

export function option<T>(
  type: Option<T>['type'],
  description: string | undefined,
  accepts: (value: unknown) => value is T,
): Option<T> {
  return { type, accepts, ...(description === undefined ? {} : { description }) };
}
