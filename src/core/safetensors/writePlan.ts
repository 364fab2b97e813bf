import { SploraError } from '../errors';
import { DTYPE_BITS, type DtypeName } from './dtype';
import { LENGTH_BYTES, tensorByteLength } from './header';
import type { SafetensorsHeader, TensorInfo } from './types';
import {} from '../message';
import { verbatim } from '../message';

/** What becomes of a tensor: its bytes kept, zeroed or left out, or other bytes (of another dtype or shape) in its place. */
export type TensorFate =
  | 'copy'
  | 'zero'
  | 'drop'
  | { readonly replace: Uint8Array; readonly dtype?: DtypeName; readonly shape?: readonly number[] }
  | TransformFate;

/** The tensor's bytes (at any alignment) made into others of the same dtype, when it is written; one is held at a time. */
export interface TransformFate {
  readonly transform: (bytes: Uint8Array) => Uint8Array;
  readonly shape: readonly number[];
}

export type WriteSegment =
  /** `offset`: first byte in the source file. */
  | { readonly kind: 'copy'; readonly name: string; readonly offset: number; readonly byteLength: number }
  | { readonly kind: 'zeros'; readonly name: string; readonly byteLength: number }
  | {
      readonly kind: 'transform';
      readonly name: string;
      readonly offset: number;
      readonly sourceLength: number;
      readonly byteLength: number;
      readonly transform: (bytes: Uint8Array) => Uint8Array;
    }
  | { readonly kind: 'bytes'; readonly name: string; readonly bytes: Uint8Array };

/** A file to write: `headerBytes`, then every segment in order; `totalBytes` in all. */
export interface WritePlan {
  /** The 8-byte length and the JSON, padded with spaces to a multiple of 8. */
  readonly headerBytes: Uint8Array;
  readonly segments: readonly WriteSegment[];
  readonly totalBytes: number;
}

interface PlannedTensor {
  readonly name: string;
  readonly dtype: DtypeName;
  readonly shape: readonly number[];
  readonly byteLength: number;
  readonly segment: WriteSegment;
}

/**
 * Plans a new file from `header`'s file. Existing metadata is kept; `metadata` is added and wins over equal keys.
 * Data in the reference writer's order, largest element first, then by name, so that every tensor is aligned.
 * @throws SploraError 'internal' when replacing bytes do not fit their dtype and shape
 */
export function planWrite(
  header: SafetensorsHeader,
  fate: (name: string) => TensorFate,
  metadata: ReadonlyMap<string, string>,
): WritePlan {
  const planned: PlannedTensor[] = [];
  for (const info of header.tensors.values()) {
    const tensor = planTensor(info, fate(info.name));
    if (tensor !== undefined) planned.push(tensor);
  }
  planned.sort((a, b) => DTYPE_BITS[b.dtype] - DTYPE_BITS[a.dtype] || (a.name < b.name ? -1 : 1));
  const headerBytes = encodeHeader(planned, new Map([...header.metadata, ...metadata]));
  const dataBytes = planned.reduce((sum, { byteLength }) => sum + byteLength, 0);
  return {
    headerBytes,
    segments: planned.map(({ segment }) => segment),
    totalBytes: headerBytes.length + dataBytes,
  };
}

function planTensor(info: TensorInfo, fate: TensorFate): PlannedTensor | undefined {
  const { name, dtype, shape, byteLength, offset } = info;
  if (fate === 'drop') return undefined;
  if (fate === 'copy')
    return { name, dtype, shape, byteLength, segment: { kind: 'copy', name, offset, byteLength } };
  if (fate === 'zero')
    return { name, dtype, shape, byteLength, segment: { kind: 'zeros', name, byteLength } };
  if ('transform' in fate) {
    const written = tensorByteLength(fate.shape, dtype);
    if (typeof written !== 'number')
      throw new SploraError({ code: 'internal', message: written, tensor: name });
    const { transform } = fate;
    const span = { offset, sourceLength: byteLength, byteLength: written };
    return {
      name,
      dtype,
      shape: fate.shape,
      byteLength: written,
      segment: { kind: 'transform', name, ...span, transform },
    };
  }
  const replaced = {
    name,
    dtype: fate.dtype ?? dtype,
    shape: fate.shape ?? shape,
    byteLength: fate.replace.length,
  };
  if (tensorByteLength(replaced.shape, replaced.dtype) !== replaced.byteLength) {
    const message = verbatim(`Replacing bytes do not fit ${replaced.dtype} [${replaced.shape.join(', ')}]`);
    throw new SploraError({ code: 'internal', message, tensor: name });
  }
  return { ...replaced, segment: { kind: 'bytes', name, bytes: fate.replace } };
}

/** Entries are joined as text: an object would reorder names like "7" and lose `__proto__`. */
function encodeHeader(tensors: readonly PlannedTensor[], metadata: ReadonlyMap<string, string>): Uint8Array {
  const entries: string[] = [];
  if (metadata.size > 0) {
    const pairs = [...metadata].map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
    entries.push(`"__metadata__":{${pairs.join(',')}}`);
  }
  let begin = 0;
  for (const { name, dtype, shape, byteLength } of tensors) {
    const end = begin + byteLength;
    const info = JSON.stringify({ dtype, shape, data_offsets: [begin, end] });
    entries.push(`${JSON.stringify(name)}:${info}`);
    begin = end;
  }
  const json = new TextEncoder().encode(`{${entries.join(',')}}`);
  const padded = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(LENGTH_BYTES + padded).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true);
  bytes.set(json, LENGTH_BYTES);
  return bytes;
}
