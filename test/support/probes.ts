import assert from 'node:assert/strict';
import type { AdapterModule } from '../../src/core/adapter/types';
import { isArithmeticDtype } from '../../src/core/safetensors/dtype';
import { readElements } from '../../src/core/safetensors/elements';
import { openAdapter } from '../../src/io/openAdapter';

/** `u' dW w` of each module with the scale of its config, as the goldens have it: u = cos(0.1 i), w = sin(0.3 j), from 1. */
export async function probesOf(folder: string): Promise<ReadonlyMap<string, number>> {
  const { adapter, source } = await openAdapter(folder);
  const read = async ({ dtype, byteLength, offset }: AdapterModule['a']): Promise<Float64Array> => {
    assert.ok(isArithmeticDtype(dtype));
    const bytes = new Uint8Array(byteLength);
    await source.readInto(bytes, offset);
    return readElements(bytes, dtype);
  };
  const probes = new Map<string, number>();
  for (const { name, a, b, shape, rank, scale, transposed } of adapter.modules) {
    const [m, n] = shape;
    const [left, right] = [await read(b), await read(a)];
    let probe = 0;
    for (let k = 0; k < rank; k++) {
      let [u, w] = [0, 0];
      for (let i = 0; i < m; i++)
        u += Math.cos(0.1 * (i + 1)) * (left[transposed ? k * m + i : i * rank + k] ?? 0);
      for (let j = 0; j < n; j++)
        w += Math.sin(0.3 * (j + 1)) * (right[transposed ? j * rank + k : k * n + j] ?? 0);
      probe += u * w;
    }
    probes.set(name, scale * probe);
  }
  await source.close();
  return probes;
}
