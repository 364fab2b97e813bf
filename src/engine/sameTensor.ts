import { DTYPE_BITS, isArithmeticDtype, type ArithmeticDtype } from '../core/safetensors/dtype';
import { product, readElements } from '../core/safetensors/elements';
import type { TensorInfo } from '../core/safetensors/types';
import type { ByteSource } from '../io/byteSource';
import { checkCancelled } from '../io/ioError';

/** Read at once from each of the two files. */
const CHUNK_BYTES = 4 * 1024 * 1024;

/** Elements compared at a time where dtypes differ. */
const PIECE = 256 * 1024;

export type StoredTensor = readonly [TensorInfo, ByteSource];

/** Same dtype, shape and bytes; reading stops at the first difference. @throws SploraError 'io', 'cancelled' */
export async function sameTensor(
  [left, leftSource]: StoredTensor,
  [right, rightSource]: StoredTensor,
  signal?: AbortSignal,
): Promise<boolean> {
  if (left.dtype !== right.dtype || left.shape.join() !== right.shape.join()) return false;
  for (let at = 0; at < left.byteLength; at += CHUNK_BYTES) {
    if (signal !== undefined) checkCancelled(signal);
    const length = Math.min(CHUNK_BYTES, left.byteLength - at);
    const [one, other] = [Buffer.alloc(length), Buffer.alloc(length)];
    await Promise.all([
      leftSource.readInto(one, left.offset + at),
      rightSource.readInto(other, right.offset + at),
    ]);
    if (!one.equals(other)) return false;
  }
  return true;
}

/**
 * Same shape and values, also in different dtypes; reading stops at the first difference. Other than arithmetic dtypes
 * are compared by their bytes. @throws SploraError 'io', 'cancelled'
 */
export async function sameValues(
  [left, leftSource]: StoredTensor,
  [right, rightSource]: StoredTensor,
  signal: AbortSignal,
): Promise<boolean> {
  const [one, other] = [left.dtype, right.dtype];
  if (one === other || !isArithmeticDtype(one) || !isArithmeticDtype(other))
    return await sameTensor([left, leftSource], [right, rightSource], signal);
  if (left.shape.join() !== right.shape.join()) return false;
  const read = async (source: ByteSource, { offset }: TensorInfo, dtype: ArithmeticDtype, at: number) => {
    const size = DTYPE_BITS[dtype] / 8;
    const bytes = new Uint8Array(Math.min(PIECE, count - at) * size);
    await source.readInto(bytes, offset + at * size);
    return readElements(bytes, dtype);
  };
  const count = product(left.shape);
  for (let at = 0; at < count; at += PIECE) {
    checkCancelled(signal);
    const [a, b] = await Promise.all([read(leftSource, left, one, at), read(rightSource, right, other, at)]);
    if (a.some((value, i) => value !== b[i])) return false;
  }
  return true;
}
