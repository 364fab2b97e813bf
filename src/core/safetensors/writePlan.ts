import { SploraError } from '../errors';
import { DTYPE_BITS, type DtypeName } from './dtype';
import { LENGTH_BYTES, tensorByteLength } from './header';
import type { SafetensorsHeader, TensorInfo } from './types';

/** What becomes of a tensor: its bytes kept, zeroed, left out, or made into others of the same dtype when it is written. */
export type TensorFate =
  | 'copy'
  | 'zero'
  | 'drop'
  | {
      /** `bytes` may be at any alignment; one tensor is held at a time. */
      readonly transform: (bytes: Uint8Array) => Uint8Array;
      readonly shape: readonly number[];
    };

/** A tensor that the source does not have. */
export interface AddedTensor {
  readonly dtype: DtypeName;
  readonly shape: readonly number[];
  readonly bytes: () => Uint8Array;
}

/** `offset`: first byte in the source file. */
export type WriteSegment = { readonly name: string; readonly byteLength: number } & (
  | { readonly kind: 'copy'; readonly offset: number }
  | { readonly kind: 'zeros' }
  | {
      readonly kind: 'transform';
      readonly offset: number;
      readonly sourceLength: number;
      readonly transform: (bytes: Uint8Array) => Uint8Array;
    }
);

/** A file to write: `headerBytes`, then every segment in order; `totalBytes` in all. */
export interface WritePlan {
  /** The 8-byte length and the JSON, padded with spaces to a multiple of 8. */
  readonly headerBytes: Uint8Array;
  readonly segments: readonly WriteSegment[];
  readonly totalBytes: number;
}

interface PlannedTensor {
  readonly dtype: DtypeName;
  readonly shape: readonly number[];
  readonly segment: WriteSegment;
}

/**
 * Plans a new file from `header`'s file. Existing metadata is kept; `metadata` is added and wins over equal keys.
 * Data in the reference writer's order, largest element first, then by name, so that every tensor is aligned.
 */
export function planWrite(
  header: SafetensorsHeader,
  fate: (name: string) => TensorFate,
  metadata: ReadonlyMap<string, string>,
  added: ReadonlyMap<string, AddedTensor> = new Map(),
): WritePlan {
  const planned = [...added].map(([name, tensor]) => planAdded(name, tensor));
  for (const info of header.tensors.values()) {
    const tensor = planTensor(info, fate(info.name));
    if (tensor !== undefined) planned.push(tensor);
  }
  planned.sort(
    (a, b) => DTYPE_BITS[b.dtype] - DTYPE_BITS[a.dtype] || (a.segment.name < b.segment.name ? -1 : 1),
  );
  const headerBytes = encodeHeader(planned, new Map([...header.metadata, ...metadata]));
  const segments = planned.map(({ segment }) => segment);
  const totalBytes = segments.reduce((sum, { byteLength }) => sum + byteLength, headerBytes.length);
  return { headerBytes, segments, totalBytes };
}

function planAdded(name: string, { dtype, shape, bytes }: AddedTensor): PlannedTensor {
  const byteLength = lengthOf(name, shape, dtype);
  const segment = {
    kind: 'transform',
    name,
    offset: 0,
    sourceLength: 0,
    byteLength,
    transform: bytes,
  } as const;
  return { dtype, shape, segment };
}

function lengthOf(name: string, shape: readonly number[], dtype: DtypeName): number {
  const length = tensorByteLength(shape, dtype);
  if (typeof length === 'number') return length;
  throw new SploraError({ code: 'internal', message: length, tensor: name });
}

function planTensor(
  { name, dtype, shape, byteLength, offset }: TensorInfo,
  fate: TensorFate,
): PlannedTensor | undefined {
  if (fate === 'drop') return undefined;
  if (fate === 'copy') return { dtype, shape, segment: { kind: 'copy', name, offset, byteLength } };
  if (fate === 'zero') return { dtype, shape, segment: { kind: 'zeros', name, byteLength } };
  const written = lengthOf(name, fate.shape, dtype);
  const { transform } = fate;
  const span = { offset, sourceLength: byteLength, byteLength: written };
  return { dtype, shape: fate.shape, segment: { kind: 'transform', name, ...span, transform } };
}

/** Entries are joined as text: an object would reorder names like "7" and lose `__proto__`. */
function encodeHeader(tensors: readonly PlannedTensor[], metadata: ReadonlyMap<string, string>): Uint8Array {
  const entries: string[] = [];
  if (metadata.size > 0) {
    const pairs = [...metadata].map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
    entries.push(`"__metadata__":{${pairs.join(',')}}`);
  }
  let begin = 0;
  for (const { dtype, shape, segment } of tensors) {
    const { name, byteLength } = segment;
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
