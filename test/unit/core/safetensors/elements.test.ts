import assert from 'node:assert/strict';
import fc from 'fast-check';
import { padAxis, scaleElements } from '../../../../src/core/safetensors/elements';
import { widen } from '../../../../src/core/safetensors/widen';

const halves = (...values: readonly number[]): Uint8Array => new Uint8Array(Uint16Array.from(values).buffer);
const floats = (bytes: Uint8Array | undefined): number[] => {
  assert.ok(bytes);
  return [...new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4)];
};

function widened(bytes: Uint8Array | undefined, dtype: 'F16' | 'BF16'): number[] {
  assert.ok(bytes);
  const out = new Float32Array(bytes.length / 2);
  widen(bytes, dtype, out);
  return [...out];
}

describe('scaleElements', () => {
  it('leaves every half as it is at a factor of 1', () => {
    for (const dtype of ['F16', 'BF16'] as const) {
      const all = halves(...Array.from({ length: 65_536 }, (_, i) => i));
      assert.deepEqual(
        widened(scaleElements(all, dtype, 1), dtype),
        widened(all, dtype),
        `${dtype}: some half changed`,
      );
    }
  });

  it('rounds to the nearest, as every neighbor shows', () => {
    const dtypes = fc.constantFrom('F16' as const, 'BF16' as const);
    fc.assert(
      fc.property(
        dtypes,
        fc.integer({ min: 0, max: 0x7bff }),
        fc.double({ min: 0.1, max: 1, noNaN: true }),
        (dtype, bits, factor) => {
          const [before = 0] = widened(halves(bits), dtype);
          const result = scaleElements(halves(bits), dtype, factor);
          assert.ok(result);
          const [after = 0] = widened(result, dtype);
          const at = new Uint16Array(result.buffer)[0] ?? 0;
          const around = [at - 1, at, at + 1].filter((near) => near >= 0);
          const errors = widened(halves(...around), dtype).map((near) => Math.abs(near - before * factor));
          assert.equal(
            Math.abs(after - before * factor),
            Math.min(...errors.filter((error) => !Number.isNaN(error))),
          );
        },
      ),
    );
  });

  it('scales F32 and F64 at any alignment, and does not touch its input', () => {
    const bytes = new Uint8Array(9);
    bytes.set(new Uint8Array(Float32Array.of(1.5, -2).buffer), 1);
    assert.deepEqual(floats(scaleElements(bytes.subarray(1), 'F32', 2)), [3, -4]);
    assert.deepEqual(floats(bytes.slice(1)), [1.5, -2]);
    const doubles = scaleElements(new Uint8Array(Float64Array.of(0.1).buffer), 'F64', 4);
    assert.deepEqual([...new Float64Array(doubles?.buffer ?? new ArrayBuffer(0))], [0.4]);
  });

  it('says when an element would become infinite, and lets infinity and NaN be', () => {
    assert.equal(scaleElements(halves(0x7bff), 'F16', 2), undefined);
    assert.equal(scaleElements(new Uint8Array(Float32Array.of(3e38).buffer), 'F32', 2), undefined);
    assert.deepEqual(widened(scaleElements(halves(0x7c00, 0x7e00), 'F16', 2), 'F16'), [Infinity, NaN]);
  });
});

describe('padAxis', () => {
  it('appends zeros at the end of an axis', () => {
    const matrix = Uint8Array.of(1, 2, 3, 4, 5, 6);
    assert.deepEqual([...padAxis(matrix, [2, 3], 0, 3)], [1, 2, 3, 4, 5, 6, 0, 0, 0]);
    assert.deepEqual([...padAxis(matrix, [2, 3], 1, 4)], [1, 2, 3, 0, 4, 5, 6, 0]);
    assert.deepEqual([...padAxis(matrix, [1, 3, 2], 1, 4)], [1, 2, 3, 4, 5, 6, 0, 0]);
  });
});
