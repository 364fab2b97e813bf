import type { WritePlan, WriteSegment } from '../../safetensors/writePlan';

/** https://github.com/ggml-org/ggml/blob/master/docs/gguf.md; all numbers little endian. */
const MAGIC = 'GGUF';
const VERSION = 3;
const ALIGNMENT = 32;
/** `GGML_TYPE_F32` */
const TYPE_F32 = 0;
const KIND = { u32: 4, f32: 6, string: 8 } as const;
const BYTES_F32 = 4;

export type GgufValue =
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'u32' | 'f32'; readonly value: number };

/** A float32 tensor, made from a part of the source file. */
export interface GgufTensor {
  readonly name: string;
  /** Row-major, as everywhere here; GGUF lists the fastest axis first. */
  readonly shape: readonly [rows: number, columns: number];
  readonly offset: number;
  readonly sourceLength: number;
  readonly transform: (bytes: Uint8Array) => Uint8Array;
}

/** Plans a GGUF file: header, then every tensor, padded to the alignment. */
export function planGgufFile(
  metadata: ReadonlyMap<string, GgufValue>,
  tensors: readonly GgufTensor[],
): WritePlan {
  const segments: WriteSegment[] = [];
  const infos: Uint8Array[] = [];
  let at = 0;
  for (const { name, shape, offset, sourceLength, transform } of tensors) {
    const byteLength = shape[0] * shape[1] * BYTES_F32;
    infos.push(infoOf(name, shape, at));
    segments.push({ kind: 'transform', name, byteLength, offset, sourceLength, transform });
    const padding = paddingAfter(byteLength);
    if (padding > 0) segments.push({ kind: 'zeros', name, byteLength: padding });
    at += byteLength + padding;
  }
  const head = joined([
    new TextEncoder().encode(MAGIC),
    u32(VERSION),
    u64(tensors.length),
    u64(metadata.size),
    ...[...metadata].flatMap(([key, value]) => [text(key), u32(KIND[value.kind]), encoded(value)]),
    ...infos,
  ]);
  const headerBytes = joined([head, new Uint8Array(paddingAfter(head.length))]);
  return { headerBytes, segments, totalBytes: headerBytes.length + at };
}

function infoOf(name: string, [rows, columns]: GgufTensor['shape'], offset: number): Uint8Array {
  return joined([text(name), u32(2), u64(columns), u64(rows), u32(TYPE_F32), u64(offset)]);
}

const paddingAfter = (length: number): number => (ALIGNMENT - (length % ALIGNMENT)) % ALIGNMENT;

function encoded(value: GgufValue): Uint8Array {
  if (value.kind === 'string') return text(value.value);
  if (value.kind === 'u32') return u32(value.value);
  const bytes = new Uint8Array(BYTES_F32);
  new DataView(bytes.buffer).setFloat32(0, value.value, true);
  return bytes;
}

function text(value: string): Uint8Array {
  const bytes = new TextEncoder().encode(value);
  return joined([u64(bytes.length), bytes]);
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

function u64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true);
  return bytes;
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
