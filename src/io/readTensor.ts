import { gatherSlice } from '../core/adapter/joinSlices';
import { DTYPE_BITS } from '../core/safetensors/dtype';
import type { TensorInfo } from '../core/safetensors/types';
import type { ByteSource } from './byteSource';

/** Stacks that are kept: those of both matrices of a layer, whose experts are read one after the other. */
const STACKS_KEPT = 2;

interface Stack {
  readonly tensor: TensorInfo;
  readonly bytes: Promise<Uint8Array>;
}

const stacks = new WeakMap<ByteSource, readonly Stack[]>();

/**
 * The bytes of a tensor, or of a slice of one. A slice of columns is taken out of the whole tensor, which is read once
 * for slices that are read one after the other.
 * @throws SploraError 'io'
 */
export async function readTensor(source: ByteSource, info: TensorInfo): Promise<Uint8Array<ArrayBuffer>> {
  const { slice, shape, dtype } = info;
  if (slice?.layout !== 'columns') return await readBytes(source, info);
  return gatherSlice(await stackOf(source, slice.of), shape, slice, DTYPE_BITS[dtype] / 8);
}

async function readBytes(
  source: ByteSource,
  { byteLength, offset }: TensorInfo,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(byteLength);
  await source.readInto(bytes, offset);
  return bytes;
}

function stackOf(source: ByteSource, tensor: TensorInfo): Promise<Uint8Array> {
  const known = stacks.get(source) ?? [];
  const found = known.find((stack) => stack.tensor === tensor) ?? {
    tensor,
    bytes: readBytes(source, tensor),
  };
  const others = known.filter((stack) => stack !== found);
  stacks.set(source, [found, ...others].slice(0, STACKS_KEPT));
  return found.bytes;
}
