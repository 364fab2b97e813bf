import type { AdapterFamily, AdapterModule } from '../core/adapter/types';
import type { UpdateFactors } from '../core/adapter/updateDistance';
import { FACTOR_BYTES_MAX, factorBytes } from '../core/ediem/memory';
import { isArithmeticDtype } from '../core/safetensors/dtype';
import type { TensorInfo } from '../core/safetensors/types';
import { widen } from '../core/safetensors/widen';
import type { ByteSource } from '../io/byteSource';

/**
 * Both factors of a module in float64, one entry per expert (one for a plain layer). Undefined if `s B A` cannot be
 * computed: an unsupported dtype, factors stored in blocks, or too large for memory.
 */
export async function readUpdateFactors(
  module: AdapterModule,
  family: AdapterFamily,
  source: ByteSource,
): Promise<UpdateFactors[] | undefined> {
  const { rank, scale, transposed } = module;
  const [m, n] = module.shape;
  const experts = family === 'mlx' && module.a.shape.length === 3 ? (module.a.shape[0] ?? 0) : 1;
  if (experts * factorBytes(module.shape, rank) > FACTOR_BYTES_MAX) return undefined;
  const [a, b] = await Promise.all([readFloat64(module.a, source), readFloat64(module.b, source)]);
  if (a?.length !== experts * rank * n || b?.length !== experts * rank * m) return undefined;
  return Array.from({ length: experts }, (_, expert) => {
    const slice = (values: Float64Array, length: number): Float64Array =>
      values.subarray(expert * length, (expert + 1) * length);
    const [oneA, oneB] = [slice(a, rank * n), slice(b, rank * m)];
    return transposed
      ? { rank, scale, a: transpose(oneA, n, rank), b: oneB }
      : { rank, scale, a: oneA, b: transpose(oneB, m, rank) };
  });
}

async function readFloat64(info: TensorInfo, source: ByteSource): Promise<Float64Array | undefined> {
  if (!isArithmeticDtype(info.dtype)) return undefined;
  const bytes = new Uint8Array(info.byteLength);
  await source.readInto(bytes, info.offset);
  if (info.dtype === 'F64') return new Float64Array(bytes.buffer);
  const values = new Float32Array(info.shape.reduce((all, size) => all * size, 1));
  widen(bytes, info.dtype, values);
  return Float64Array.from(values);
}

function transpose(values: Float64Array, rows: number, columns: number): Float64Array {
  const result = new Float64Array(values.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) result[j * rows + i] = values[i * columns + j] ?? 0;
  }
  return result;
}
