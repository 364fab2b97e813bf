import { DTYPE_BITS, type DtypeName } from '../../src/core/safetensors/dtype';
import { headerByteLength, parseHeader } from '../../src/core/safetensors/header';
import type { SafetensorsHeader } from '../../src/core/safetensors/types';

/** A tensor of a test file; without `data` its bytes count up from 1. */
export interface TestTensor {
  readonly name: string;
  readonly dtype?: DtypeName;
  readonly shape: readonly number[];
  readonly data?: Uint8Array;
}

/** A whole file: tensors in the given order, dtype F32 unless told, header not padded. */
export function safetensorsBytes(
  tensors: readonly TestTensor[],
  metadata?: Readonly<Record<string, string>>,
): Uint8Array {
  const entries: string[] = metadata === undefined ? [] : [`"__metadata__":${JSON.stringify(metadata)}`];
  const data: Uint8Array[] = [];
  let begin = 0;
  for (const tensor of tensors) {
    const { name, dtype = 'F32', shape } = tensor;
    const length = (shape.reduce((product, dimension) => product * dimension, 1) * DTYPE_BITS[dtype]) / 8;
    const bytes = tensor.data ?? Uint8Array.from({ length }, (_, i) => (i + 1) & 0xff);
    const info = { dtype, shape, data_offsets: [begin, begin + bytes.length] };
    entries.push(`${JSON.stringify(name)}:${JSON.stringify(info)}`);
    data.push(bytes);
    begin += bytes.length;
  }
  return rawSafetensors(`{${entries.join(',')}}`, Buffer.concat(data));
}

/** A file with any header text or bytes, however wrong, of the right length; `length` makes that wrong too. */
export function rawSafetensors(
  header: string | Uint8Array,
  data: Uint8Array | number = 0,
  length?: bigint,
): Uint8Array {
  const json = Buffer.from(header);
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(length ?? BigInt(json.length));
  return Buffer.concat([prefix, json, typeof data === 'number' ? Buffer.alloc(data) : data]);
}

/** Little-endian float32 bytes. */
export function f32(...values: readonly number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}

/** Reads the header of a whole file as `readSafetensorsHeader` does, without a file. */
export function readHeader(bytes: Uint8Array, file = '/models/x.safetensors'): SafetensorsHeader {
  const length = headerByteLength(bytes.subarray(0, 8), bytes.length, file);
  return parseHeader(bytes.subarray(8, 8 + length), bytes.length, file);
}
