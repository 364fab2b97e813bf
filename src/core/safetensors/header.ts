import { SploraError } from '../errors';
import { say, type Message } from '../message';
import { displayName, shapeText } from './displayName';
import { DTYPE_BITS, isDtype, type DtypeName } from './dtype';
import { JsonScanner } from './jsonScanner';
import type { SafetensorsHeader, TensorInfo } from './types';
import { defined } from '../record';

/** The reference reader's cap (safetensors/src/tensor.rs, MAX_HEADER_SIZE). */
export const MAX_HEADER_BYTES = 100_000_000;
/** Far above any real file (a 671 B mixture of experts has 91,000 in all shards); bounds the memory of a hostile header. */
export const MAX_TENSORS = 500_000;
/** numpy and torch stop at 64 dimensions. */
export const MAX_DIMENSIONS = 64;
/** Size of the length that precedes the header. */
export const LENGTH_BYTES = 8;

const ADVICE = say('The file is damaged or was not written as safetensors: download or export it again.');

/**
 * Bytes of the JSON header, from the first 8 bytes of the file (u64, little endian). Checked before anything is allocated.
 * @throws SploraError 'bad-safetensors'
 */
export function headerByteLength(first8: Uint8Array, fileSize: number, file: string): number {
  if (fileSize < LENGTH_BYTES || first8.length < LENGTH_BYTES) {
    throw problem(file, say('the file has {0} bytes, too few for the header length', fileSize), 0);
  }
  const length = new DataView(first8.buffer, first8.byteOffset, LENGTH_BYTES).getBigUint64(0, true);
  const claimed = String(length);
  if (length > BigInt(MAX_HEADER_BYTES)) {
    const what = say('the header claims {0} bytes, more than the {1} allowed', claimed, MAX_HEADER_BYTES);
    throw problem(file, what, 0);
  }
  if (length > BigInt(fileSize - LENGTH_BYTES))
    throw problem(file, say('the header claims {0} bytes, but the file has only {1}', claimed, fileSize), 0);
  return Number(length);
}

/**
 * Validates a header as strictly as the reference reader, and stricter where readers disagree (duplicate names).
 * @param json the header's bytes, without the length before it
 * @param fileSize bytes of the whole file
 * @throws SploraError 'bad-safetensors' with the byte (from the start of the file) and, where one is at fault, the tensor
 */
export function parseHeader(json: Uint8Array, fileSize: number, file: string): SafetensorsHeader {
  const dataStart = LENGTH_BYTES + json.length;
  const tensors = new Map<string, TensorInfo>();
  let metadata: Map<string, string> | undefined;
  let current: string | undefined;
  const scanner = new JsonScanner(json, (what, byte) => problem(file, what, LENGTH_BYTES + byte, current));
  scanner.object((name, nameAt) => {
    scanner.checkName(name, nameAt);
    current = name;
    if (name === '__metadata__') {
      if (metadata !== undefined) throw scanner.error(say('duplicate key {0}', '"__metadata__"'), nameAt);
      metadata = readMetadata(scanner);
    } else {
      if (tensors.has(name)) throw scanner.error(say('duplicate name {0}', displayName(name)), nameAt);
      if (tensors.size === MAX_TENSORS)
        throw scanner.error(say('more than {0} tensors', MAX_TENSORS), nameAt);
      tensors.set(name, readEntry(scanner, name, nameAt, dataStart));
    }
    current = undefined;
  });
  scanner.end();
  checkSpans(tensors.values(), dataStart, fileSize, file);
  return { tensors, metadata: metadata ?? new Map<string, string>(), dataStart, fileSize };
}

/** Bytes of a tensor, or what is wrong: overflow (in order of the dimensions, as the reference reader) or half bytes. */
export function tensorByteLength(shape: readonly number[], dtype: DtypeName): number | Message {
  let bits = 1;
  for (const dimension of shape) {
    bits *= dimension;
    if (bits > Number.MAX_SAFE_INTEGER) return say('the shape has more elements than can be counted');
  }
  bits *= DTYPE_BITS[dtype];
  if (bits > Number.MAX_SAFE_INTEGER) return say('the shape needs more bits than can be counted');
  return bits % 8 === 0 ? bits / 8 : say('elements of {0} do not fill whole bytes', dtype);
}

function readMetadata(scanner: JsonScanner): Map<string, string> {
  const metadata = new Map<string, string>();
  if (scanner.take('null')) return metadata;
  scanner.object((key, keyAt) => {
    if (metadata.has(key)) throw scanner.error(say('duplicate metadata key {0}', displayName(key)), keyAt);
    metadata.set(key, scanner.string());
  });
  return metadata;
}

function readEntry(scanner: JsonScanner, name: string, nameAt: number, dataStart: number): TensorInfo {
  let dtype: DtypeName | undefined;
  let shape: number[] | undefined;
  let offsets: number[] | undefined;
  scanner.object((field, fieldAt) => {
    if (field === 'dtype') {
      if (dtype !== undefined) throw scanner.error(say('duplicate key {0}', '"dtype"'), fieldAt);
      dtype = readDtype(scanner);
    } else if (field === 'shape') {
      if (shape !== undefined) throw scanner.error(say('duplicate key {0}', '"shape"'), fieldAt);
      shape = readIntegers(scanner, MAX_DIMENSIONS);
    } else if (field === 'data_offsets') {
      if (offsets !== undefined) throw scanner.error(say('duplicate key {0}', '"data_offsets"'), fieldAt);
      offsets = readIntegers(scanner, 2);
    } else scanner.skipValue(); // the reference reader accepts unknown fields too
  });
  if (dtype === undefined) throw scanner.error(say('the tensor has no "dtype"'), nameAt);
  if (shape === undefined) throw scanner.error(say('the tensor has no "shape"'), nameAt);
  const [begin, end] = offsets ?? [];
  if (begin === undefined || end === undefined)
    throw scanner.error(say('"data_offsets" must be two numbers'), nameAt);
  if (end < begin) throw scanner.error(say('the data ends ({0}) before it begins ({1})', end, begin), nameAt);
  const byteLength = tensorByteLength(shape, dtype);
  if (typeof byteLength !== 'number') throw scanner.error(byteLength, nameAt);
  if (end - begin !== byteLength) {
    const kind = `${dtype} ${shapeText(shape)}`;
    throw scanner.error(
      say(
        'the tensor is {0} and needs {1} bytes, but data_offsets specify {2}',
        kind,
        byteLength,
        end - begin,
      ),
      nameAt,
    );
  }
  if (end > Number.MAX_SAFE_INTEGER - dataStart)
    throw scanner.error(say('data_offsets are too large'), nameAt);
  return { name, dtype, shape, offset: dataStart + begin, byteLength };
}

function readDtype(scanner: JsonScanner): DtypeName {
  const at = scanner.mark();
  const dtype = scanner.string();
  if (!isDtype(dtype)) throw scanner.error(say('unknown dtype {0}', displayName(dtype)), at);
  return dtype;
}

function readIntegers(scanner: JsonScanner, most: number): number[] {
  const values: number[] = [];
  scanner.array(() => {
    if (values.length === most) throw scanner.error(say('more than {0} numbers', most));
    values.push(scanner.unsignedInteger());
  });
  return values;
}

/** The data section must be covered once, from its first byte to its last: no hole, overlap or tail can hide anything. */
function checkSpans(tensors: Iterable<TensorInfo>, dataStart: number, fileSize: number, file: string): void {
  const sorted = [...tensors].sort((a, b) => a.offset - b.offset || a.byteLength - b.byteLength);
  let at = dataStart;
  let beyond: { readonly name: string; readonly offset: number } | undefined;
  for (const { name, offset, byteLength } of sorted) {
    if (offset > at) {
      const gap = say('{0} bytes before the data belong to no tensor', offset - at);
      throw problem(file, gap, at, name);
    }
    if (offset < at) throw problem(file, say('the data overlaps that of another tensor'), offset, name);
    at += byteLength;
    beyond ??= at > fileSize ? { name, offset } : undefined;
  }
  if (beyond !== undefined) {
    const cutOff = say(
      'Not a valid safetensors file, at byte {0}: the file has {1} bytes but its header declares {2}, so it is truncated',
      beyond.offset,
      fileSize,
      at,
    );
    throw invalid(file, cutOff, beyond.name);
  }
  if (at < fileSize)
    throw problem(file, say('{0} bytes after the last tensor belong to no tensor', fileSize - at), at);
}

function problem(file: string, what: Message, byte: number, tensor?: string): SploraError {
  return invalid(file, say('Not a valid safetensors file, at byte {0}: {1}', byte, what), tensor);
}

function invalid(file: string, message: Message, tensor?: string): SploraError {
  return new SploraError({ code: 'bad-safetensors', message, file, ...defined({ tensor }), advice: ADVICE });
}
