import { failure, type SploraError } from '../../../../core/errors';
import { say, type Message } from '../../../../core/message';
import { isRecord } from '../../../../core/record';
import { displayName } from '../../../../core/safetensors/displayName';

/** No size of a real model comes near; bounds what a stranger's file makes us allocate or loop over. */
const SIZE_MAX = 1 << 24;
/** Of a value that is not what it must be. */
const SHOWN_MAX = 60;
/** Layers of the largest models known are about 130. */
export const LAYERS_MAX = 1024;

/** Fields of a model's config.json, checked as they are read. Errors: 'bad-config' with the field. */
export class ConfigReader {
  constructor(
    /** Absolute path, for errors. */
    readonly file: string,
    readonly fields: Readonly<Record<string, unknown>>,
    private readonly prefix = '',
  ) {}

  has(name: string): boolean {
    return this.fields[name] !== undefined && this.fields[name] !== null;
  }

  /** A positive integer. @param fallback absent: the field must be there */
  size(name: string, fallback?: number, max = SIZE_MAX): number {
    const value = this.fields[name] ?? fallback;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > max)
      throw this.bad(name, say('a whole number from 1 to {0}', max), value);
    return value;
  }

  /** A finite number. */
  number(name: string, fallback?: number): number {
    const value = this.fields[name] ?? fallback;
    if (typeof value !== 'number' || !Number.isFinite(value)) throw this.bad(name, say('a number'), value);
    return value;
  }

  /** A finite number above 0. */
  positive(name: string, fallback?: number): number {
    const value = this.number(name, fallback);
    if (value <= 0) throw this.bad(name, say('a positive number'), value);
    return value;
  }

  optionalNumber(name: string): number | undefined {
    return this.has(name) ? this.number(name) : undefined;
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.fields[name] ?? fallback;
    if (typeof value !== 'boolean') throw this.bad(name, say('true or false'), value);
    return value;
  }

  text(name: string, fallback?: string): string {
    const value = this.fields[name] ?? fallback;
    if (typeof value !== 'string') throw this.bad(name, say('a text'), value);
    return value;
  }

  /** @returns undefined where there is none */
  numbers(name: string, max = SIZE_MAX): readonly number[] | undefined {
    return this.list(name, max, (value): value is number => Number.isFinite(value));
  }

  /** @returns undefined where there is none */
  texts(name: string): readonly string[] | undefined {
    return this.list(name, LAYERS_MAX, (value): value is string => typeof value === 'string');
  }

  private list<T>(
    name: string,
    max: number,
    isItem: (value: unknown) => value is T,
  ): readonly T[] | undefined {
    if (!this.has(name)) return undefined;
    const value = this.fields[name];
    if (!Array.isArray(value) || value.length > max || !value.every(isItem))
      throw this.bad(name, say('a list of at most {0}', max), value);
    return value;
  }

  /** @returns undefined where there is none */
  object(name: string): ConfigReader | undefined {
    if (!this.has(name)) return undefined;
    const value = this.fields[name];
    if (!isRecord(value)) throw this.bad(name, say('an object'), value);
    return new ConfigReader(this.file, value, `${this.prefix}${name}.`);
  }

  bad(name: string, expected: Message, value: unknown): SploraError {
    const shown = value === undefined ? 'missing' : JSON.stringify(value).slice(0, SHOWN_MAX);
    return failure(
      'bad-config',
      say(
        '{0} in config.json must be {1}, not {2}',
        displayName(this.prefix + name),
        expected,
        displayName(shown),
      ),
      this.file,
      say("Download the model's config.json again."),
    );
  }
}
