import { isRecord } from '../core/record';
import type { HostToComparison } from './comparison';
import type { HostToInspector } from './inspector';
import type { HostToPanel } from './panel';

export type HostToPage = HostToPanel | HostToInspector | HostToComparison;

/*
 * A message to a page is bytes: u32 length of the JSON, u32 count of numbers, the JSON, (from a multiple of 8 on) the
 * numbers as float64, and choices, one byte each. For a long list, the JSON has the place of its column instead.
 * VS Code walks every element of a message, once in the host and once in the window, but passes bytes on unchanged; a
 * number as text takes twice the space and must be parsed; and most modules share most of their values.
 */

/** Shorter lists stay in the JSON. */
const MIN_COLUMN = 64;
/** Lists of so few different values travel as those values and one byte for each entry. */
const MAX_CHOICES = 256;
const HEAD_BYTES = 8;
/** Keys of column references: `[place, length]` in numbers, and `[place, length, values]` in choices. */
const NUMBERS = '$numbers';
const CHOICES = '$choices';

/** @param message without NaN and -0: JSON has neither */
export function encodeMessage(message: HostToPage): Uint8Array {
  const columns = new Columns();
  const replace = (value: unknown): unknown =>
    Array.isArray(value) ? columns.replace(value) : mapFields(value, replace);
  const json = new TextEncoder().encode(JSON.stringify(replace(message)));
  const begin = columnsAt(json.length);
  const bytes = new Uint8Array(begin + columns.byteLength);
  const head = new DataView(bytes.buffer);
  head.setUint32(0, json.length);
  head.setUint32(4, columns.numberCount);
  bytes.set(json, HEAD_BYTES);
  columns.write(bytes, begin);
  return bytes;
}

/** The message that `encodeMessage` encoded. */
export function decodeMessage(bytes: Uint8Array): unknown {
  const head = new DataView(bytes.buffer, bytes.byteOffset);
  const length = head.getUint32(0);
  const json: unknown = JSON.parse(new TextDecoder().decode(bytes.subarray(HEAD_BYTES, HEAD_BYTES + length)));
  // A copy, because bytes that came through a channel need not begin at a multiple of 8.
  const { buffer } = bytes.slice(columnsAt(length));
  const numbers = new Float64Array(buffer, 0, head.getUint32(4));
  const choices = new Uint8Array(buffer, numbers.byteLength);
  const restore = (value: unknown): unknown => {
    if (!isRecord(value)) return value;
    if (NUMBERS in value) {
      const [begin, count] = value[NUMBERS] as [number, number];
      return Array.from(numbers.subarray(begin, begin + count), (number) =>
        Number.isNaN(number) ? null : number,
      );
    }
    if (CHOICES in value) {
      const [begin, count, values] = value[CHOICES] as [number, number, unknown[]];
      return Array.from(choices.subarray(begin, begin + count), (choice) => values[choice]);
    }
    return mapFields(value, restore);
  };
  return restore(json);
}

type Numbers = readonly (number | null)[];

/** The columns of a message that is being encoded. */
class Columns {
  readonly #numbers: Numbers[] = [];
  readonly #choices: Uint8Array[] = [];
  numberCount = 0;
  #choiceCount = 0;

  get byteLength(): number {
    return this.numberCount * 8 + this.#choiceCount;
  }

  /** What the JSON has for a list: the list itself, or the place of its column. */
  replace(list: readonly unknown[]): unknown {
    if (list.length < MIN_COLUMN) return list;
    const chosen = asChoices(list);
    if (chosen !== undefined) {
      this.#choices.push(chosen.column);
      this.#choiceCount += list.length;
      return { [CHOICES]: [this.#choiceCount - list.length, list.length, chosen.values] };
    }
    if (!isNumbers(list)) return list;
    this.#numbers.push(list);
    this.numberCount += list.length;
    return { [NUMBERS]: [this.numberCount - list.length, list.length] };
  }

  /** @param begin a multiple of 8 */
  write(bytes: Uint8Array, begin: number): void {
    const numbers = new Float64Array(bytes.buffer, begin, this.numberCount);
    let at = 0;
    for (const column of this.#numbers) for (const value of column) numbers[at++] = value ?? NaN;
    at = begin + numbers.byteLength;
    for (const column of this.#choices) {
      bytes.set(column, at);
      at += column.length;
    }
  }
}

/** A list of few different values; undefined for others. */
function asChoices(list: readonly unknown[]): { column: Uint8Array; values: unknown[] } | undefined {
  const places = new Map<unknown, number>();
  const values: unknown[] = [];
  const column = new Uint8Array(list.length);
  for (let at = 0; at < list.length; at += 1) {
    const value = list[at];
    // Objects of equal content are one value.
    const key = typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
    let place = places.get(key);
    if (place === undefined) {
      if (values.length === MAX_CHOICES) return undefined;
      place = values.push(value) - 1;
      places.set(key, place);
    }
    column[at] = place;
  }
  return { column, values };
}

function isNumbers(list: readonly unknown[]): list is Numbers {
  return list.every((entry) => entry === null || typeof entry === 'number');
}

function columnsAt(jsonLength: number): number {
  return Math.ceil((HEAD_BYTES + jsonLength) / 8) * 8;
}

/** Lists are left unchanged: columns are always fields. */
function mapFields(value: unknown, map: (value: unknown) => unknown): unknown {
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, map(field)]));
}
