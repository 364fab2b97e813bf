/** Writes protobuf messages: only what an ONNX file needs (onnx.proto3). */

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** The fields of a message, one after the other. */
export function message(...fields: readonly Uint8Array[]): Uint8Array {
  return concatenate(fields);
}

/** `message` for a list of any length. */
export function concatenate(fields: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(fields.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const field of fields) {
    bytes.set(field, at);
    at += field.length;
  }
  return bytes;
}

/** A field of bytes: an embedded message, a packed list, raw data. */
export function field(number: number, bytes: Uint8Array): Uint8Array {
  return message(varint((number << 3) | LENGTH_DELIMITED), varint(bytes.length), bytes);
}

export function text(number: number, value: string): Uint8Array {
  return field(number, new TextEncoder().encode(value));
}

/** @param value a safe integer; negative ones take ten bytes, as int64 does */
export function int(number: number, value: number): Uint8Array {
  return message(varint((number << 3) | VARINT), varint(value));
}

export function float(number: number, value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return message(varint((number << 3) | FIXED32), bytes);
}

function varint(value: number): Uint8Array {
  if (value < 0) return negativeVarint(value);
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

/** Two's complement of 64 bits. */
function negativeVarint(value: number): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}
