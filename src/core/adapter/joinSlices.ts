import { badRequest } from '../errors';
import { groupBy } from '../groupBy';
import { say } from '../message';
import { displayName } from '../safetensors/displayName';
import { DTYPE_BITS } from '../safetensors/dtype';
import { padAxis, product } from '../safetensors/elements';
import type { TensorInfo, TensorSlice } from '../safetensors/types';
import type { TensorFate } from '../safetensors/writePlan';
import type { Adapter } from './types';

type SliceInfo = TensorInfo & { readonly slice: TensorSlice };

/**
 * What becomes of whole tensors where plans speak of slices of them: of the factors of single experts. A tensor goes if
 * all of its slices go; all slices get the largest shape of any.
 * @throws SploraError `bad-request` where experts share a factor and would get different ones
 */
export function joinSlices(
  { modules, weightsFile }: Pick<Adapter, 'modules' | 'weightsFile'>,
  fates: ReadonlyMap<string, TensorFate>,
): ReadonlyMap<string, TensorFate> {
  const slices = modules.flatMap(({ tensors }) => tensors.filter(isSlice));
  if (slices.length === 0) return fates;
  const joined = new Map(fates);
  for (const [whole, parts] of groupBy(slices, ({ slice }) => slice.of)) {
    const own = parts.map((part) => fates.get(part.name) ?? 'copy');
    for (const { name } of parts) joined.delete(name);
    if (own.every((fate) => fate === 'copy')) continue;
    const [first] = parts;
    const isShared = first?.slice.isShared === true && parts.length > 1;
    if (isShared && own.some((fate) => typeof fate === 'object'))
      throw badRequest(
        say('All experts share the tensor {0}, and would need different ones', displayName(whole.name)),
        say('Choose another method, or another option of it.'),
        weightsFile,
      );
    joined.set(whole.name, own.every((fate) => fate === 'drop') ? 'drop' : joinedFate(whole, parts, own));
  }
  return joined;
}

const isSlice = (tensor: TensorInfo): tensor is SliceInfo => tensor.slice !== undefined;

function joinedFate(
  whole: TensorInfo,
  parts: readonly SliceInfo[],
  fates: readonly TensorFate[],
): TensorFate {
  const shapes = parts.map(({ shape }, at) => {
    const fate = fates[at];
    return typeof fate === 'object' ? fate.shape : shape;
  });
  const axes = shapes[0]?.length ?? 0;
  const shape = Array.from({ length: axes }, (_, axis) =>
    shapes.reduce((most, one) => Math.max(most, one[axis] ?? 0), 0),
  );
  const size = DTYPE_BITS[whole.dtype] / 8;
  return {
    shape: wholeShape(whole, parts[0]?.slice, shape),
    transform: (bytes) => {
      const out = new Uint8Array(parts.length * product(shape) * size);
      parts.forEach(({ slice, shape: before }, at) => {
        const piece = fated(gatherSlice(bytes, before, slice, size), fates[at] ?? 'copy');
        const padded = shape.reduce(
          (padding, length, axis) => {
            if (padding.shape[axis] === length) return padding;
            return {
              bytes: padAxis(padding.bytes, padding.shape, axis, length),
              shape: padding.shape.with(axis, length),
            };
          },
          { bytes: piece, shape: shapes[at] ?? before },
        );
        scatter(padded.bytes, out, shape, slice, size);
      });
      return out;
    },
  };
}

function wholeShape(
  { shape: before }: TensorInfo,
  slice: TensorSlice | undefined,
  [rows = 0, columns = 0]: readonly number[],
): readonly number[] {
  const count = slice?.count ?? 1;
  if (before.length === 3) return [count, rows, columns];
  return slice?.layout === 'columns' ? [rows, columns * count] : [rows * count, columns];
}

function fated(bytes: Uint8Array, fate: TensorFate): Uint8Array {
  if (fate === 'copy') return bytes;
  return typeof fate === 'object' ? fate.transform(bytes) : new Uint8Array(bytes.length);
}

/** The bytes of a slice, row-major, out of those of the whole tensor. @param size bytes of an element */
export function gatherSlice(
  bytes: Uint8Array,
  shape: readonly number[],
  slice: TensorSlice,
  size: number,
): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(product(shape) * size);
  const { index, layout } = slice;
  if (layout === 'rows') out.set(bytes.subarray(index * out.length, (index + 1) * out.length));
  else moveColumns(shape, slice, size, (own, whole) => (out[own] = bytes[whole] ?? 0));
  return out;
}

function scatter(
  bytes: Uint8Array,
  out: Uint8Array,
  shape: readonly number[],
  slice: TensorSlice,
  size: number,
): void {
  if (slice.layout === 'rows') out.set(bytes, slice.index * bytes.length);
  else moveColumns(shape, slice, size, (own, whole) => (out[whole] = bytes[own] ?? 0));
}

/** Calls `move` with the place of each byte in the slice and in the whole tensor. */
function moveColumns(
  shape: readonly number[],
  { index, count }: TensorSlice,
  size: number,
  move: (own: number, whole: number) => void,
): void {
  const elements = product(shape);
  for (let element = 0; element < elements; element++) {
    const [own, whole] = [element * size, (element * count + index) * size];
    for (let byte = 0; byte < size; byte++) move(own + byte, whole + byte);
  }
}
