import type { HostToPanel } from './panel';

/*
 * A message to the page is bytes: u32 length of the JSON, the JSON, and (from a multiple of 8 on) float64 columns, which
 * the JSON names by place and length. VS Code looks at every element of a message on its way to a page, once in the host
 * and once in the window, but hands bytes over as they are; and a number as text takes twice the room and has to be read.
 */

/** Shorter lists of numbers stay in the JSON. */
const MIN_COLUMN = 64;
/** Key of what stands for a column: `[place, length]` in float64s. No message has such a field. */
const COLUMN = '$float64';

/** @param message without NaN: JSON has none either */
export function encodeMessage(message: HostToPanel): Uint8Array {
  const columns: Numbers[] = [];
  let count = 0;
  const replace = (value: unknown): unknown => {
    if (isColumn(value)) {
      columns.push(value);
      count += value.length;
      return { [COLUMN]: [count - value.length, value.length] };
    }
    return mapFields(value, replace);
  };
  const json = new TextEncoder().encode(JSON.stringify(replace(message)));
  const begin = columnsAt(json.length);
  const bytes = new Uint8Array(begin + count * 8);
  new DataView(bytes.buffer).setUint32(0, json.length);
  bytes.set(json, 4);
  const numbers = new Float64Array(bytes.buffer, begin, count);
  let at = 0;
  for (const column of columns) for (const value of column) numbers[at++] = value ?? NaN;
  return bytes;
}

/** What `encodeMessage` has made; only the host of the page can send to it, so its shape is not checked again. */
export function decodeMessage(bytes: Uint8Array): HostToPanel {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  const json: unknown = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  // A copy, because bytes that came through a channel need not begin at a multiple of 8.
  const numbers = new Float64Array(bytes.slice(columnsAt(length)).buffer);
  const restore = (value: unknown): unknown => {
    const place = isFields(value) ? value[COLUMN] : undefined;
    if (!Array.isArray(place)) return mapFields(value, restore);
    const [begin, count] = place as [number, number];
    return Array.from(numbers.subarray(begin, begin + count), (number) =>
      Number.isNaN(number) ? null : number,
    );
  };
  return restore(json) as HostToPanel;
}

type Numbers = readonly (number | null)[];

function columnsAt(jsonLength: number): number {
  return Math.ceil((4 + jsonLength) / 8) * 8;
}

function isColumn(value: unknown): value is Numbers {
  if (!Array.isArray(value) || value.length < MIN_COLUMN) return false;
  const entries: readonly unknown[] = value;
  return (
    entries.every((entry) => entry === null || typeof entry === 'number') &&
    entries.some((entry) => entry !== null)
  );
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Lists are left as they are: columns stand in fields. */
function mapFields(value: unknown, map: (value: unknown) => unknown): unknown {
  if (!isFields(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, map(field)]));
}
