import { SploraError } from '../core/errors';
import { isArithmeticDtype } from '../core/safetensors/dtype';
import type { TensorInfo } from '../core/safetensors/types';
import { widen } from '../core/safetensors/widen';
import type { SourcePool } from './sourcePool';

/** Float32 values of one LoRA factor, row-major as `lora_A` (r x n) or `lora_B` (m x r), whatever way it is stored. */
export async function readThinFactor(
  file: string,
  info: TensorInfo,
  transposed: boolean,
  pool: SourcePool,
): Promise<Float32Array> {
  if (!isArithmeticDtype(info.dtype)) {
    throw new SploraError({
      code: 'unsupported-dtype',
      message: `Scores cannot be computed from ${info.dtype}`,
      file,
      tensor: info.name,
      advice: 'Save the adapter in F32, F16 or BF16.',
    });
  }
  const raw = new Uint8Array(info.byteLength);
  await pool.readInto(file, raw, info.offset);
  const [rows = 0, columns = 0] = info.shape;
  const values = new Float32Array(rows * columns);
  widen(raw, info.dtype, values);
  return transposed ? transpose(values, rows, columns) : values;
}

function transpose(values: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) result[j * rows + i] = values[i * columns + j] ?? 0;
  }
  return result;
}
