import type { TensorInfo } from '../core/safetensors/types';
import type { ByteSource } from '../io/byteSource';
import { checkCancelled } from '../io/ioError';

/** Read at once from each of the two files. */
const CHUNK_BYTES = 4 * 1024 * 1024;

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
