import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ArithmeticDtype } from '../../../../src/core/safetensors/dtype';
import { widen } from '../../../../src/core/safetensors/widen';
import { thrownData } from '../../../support/rejection';

function widened(bytes: Uint8Array, dtype: ArithmeticDtype, length: number): Float32Array {
  const out = new Float32Array(length);
  widen(bytes, dtype, out);
  return out;
}

/** IEEE 754-2019, 3.4: the value of a half by its definition. */
function halfValue(bits: number): number {
  const sign = bits >>> 15 === 0 ? 1 : -1;
  const exponent = (bits >>> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

describe('widen', () => {
  it('gives the value of all 65,536 halves, with the sign of zero', () => {
    const out = widened(
      new Uint8Array(Uint16Array.from({ length: 65_536 }, (_, i) => i).buffer),
      'F16',
      65_536,
    );
    for (let i = 0; i < out.length; i++) assert.ok(Object.is(out[i], halfValue(i)), `half ${i.toString(16)}`);
  });

  it('takes a bf16 for the upper half of a float32', () => {
    const bits = new Uint32Array(Uint32Array.from({ length: 65_536 }, (_, i) => i << 16).buffer);
    const out = widened(
      new Uint8Array(Uint16Array.from({ length: 65_536 }, (_, i) => i).buffer),
      'BF16',
      65_536,
    );
    assert.deepEqual(new Uint32Array(out.buffer), bits);
  });

  it('copies float32 and rounds float64', () => {
    fc.assert(
      fc.property(fc.float64Array({ maxLength: 20 }), (values) => {
        const single = Float32Array.from(values);
        assert.deepEqual(
          widened(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), 'F64', values.length),
          single,
        );
        assert.deepEqual(widened(new Uint8Array(single.buffer), 'F32', values.length), single);
      }),
    );
  });

  it('reads at any alignment, and writes into the middle of a larger array', () => {
    for (const [dtype, size] of [
      ['F64', 8],
      ['F32', 4],
      ['F16', 2],
      ['BF16', 2],
    ] as const) {
      const bytes = Uint8Array.from({ length: 3 * size }, (_, i) => (i * 37) & 0x3f);
      const straight = widened(bytes, dtype, 3);
      for (let shift = 0; shift < 8; shift++) {
        const shifted = new Uint8Array(shift + bytes.length).subarray(shift);
        shifted.set(bytes);
        const whole = new Float32Array(5).fill(7);
        widen(shifted, dtype, whole.subarray(1, 4));
        assert.deepEqual([...whole], [7, ...straight, 7], `${dtype} at ${String(shift)}`);
      }
    }
  });

  it('refuses lengths that do not fit', () => {
    thrownData(() => widened(new Uint8Array(7), 'F32', 2), 'internal');
  });
});
