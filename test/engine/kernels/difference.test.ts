import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ArithmeticDtype } from '../../../src/core/safetensors/dtype';
import { widen } from '../../../src/core/safetensors/widen';
import { columnAt } from '../../../src/engine/workers/panelOrder';
import { bytesOf, suiteKernels } from './support';

const HALVES = ['BF16', 'F16', 'F32'] as const;

describe('difference kernels', () => {
  const suite = suiteKernels();

  for (const dtype of HALVES) {
    it(`pack ${dtype} as widening and subtracting does, whatever the bits`, () => {
      fc.assert(
        fc.property(
          fc.integer({ min: 1, max: 5 }),
          fc.integer({ min: 1, max: 40 }),
          fc.uint8Array({ minLength: 3200, maxLength: 3200 }),
          (rows, columns, random) => {
            suite.memory.reset();
            const size = bytesOf(rows * columns, dtype);
            const sides = [random.slice(0, size), random.slice(size, 2 * size)];
            const [aligned, base] = sides.map((bytes) => {
              const pointer = suite.memory.allocate(size);
              suite.memory.bytes(pointer, size).set(bytes);
              return pointer;
            });
            const padded = (columns + 7) & ~7;
            const out = suite.memory.allocate(rows * padded * 4);
            const pack = { BF16: 'packBf16', F16: 'packF16', F32: 'packF32' } as const;
            const stride = bytesOf(columns, dtype);
            assert.ok(aligned !== undefined && base !== undefined);
            const squares = suite.memory.kernels[pack[dtype]](
              aligned,
              base,
              stride,
              rows,
              columns,
              out,
              padded * 4,
            );
            const [to, from] = sides.map((bytes) => widened(bytes, dtype));
            const panel = suite.memory.float32(out, rows * padded);
            let expectedSquares = 0;
            panel.forEach((value, at) => {
              const [i, j] = [Math.floor(at / padded), columnAt(at % padded)];
              const place = i * columns + j;
              const expected = j < columns ? Math.fround((to?.[place] ?? 0) - (from?.[place] ?? 0)) : 0;
              if (Number.isFinite(expected)) assert.equal(value, expected);
              else assert.ok(!Number.isFinite(value));
              expectedSquares += expected * expected;
            });
            if (expectedSquares > 1e-30 && expectedSquares < 1e30) {
              assert.ok(Math.abs(squares / expectedSquares - 1) < 1e-6);
            } else if (!Number.isFinite(expectedSquares)) assert.ok(!Number.isFinite(squares));
          },
        ),
        { numRuns: 300 },
      );
    });
  }

  it('widen every half, and doubles to the nearest float', () => {
    suite.memory.reset();
    const halves = Uint16Array.from({ length: 1 << 16 }, (_, i) => i);
    const doubles = Float64Array.of(0, -0, 1 / 3, 1e300, -1e-320, 1e-45, 3.4e38, Infinity, NaN);
    const cases: readonly [ArithmeticDtype, 'widenBf16' | 'widenF16' | 'widenF64', Uint8Array][] = [
      ['BF16', 'widenBf16', new Uint8Array(halves.buffer)],
      ['F16', 'widenF16', new Uint8Array(halves.buffer)],
      ['F64', 'widenF64', new Uint8Array(doubles.buffer)],
    ];
    for (const [dtype, kernel, bytes] of cases) {
      const expected = widened(bytes, dtype);
      const source = suite.memory.allocate(bytes.length);
      const out = suite.memory.allocate(expected.byteLength);
      suite.memory.bytes(source, bytes.length).set(bytes);
      suite.memory.kernels[kernel](source, out, expected.length);
      suite.memory.float32(out, expected.length).forEach((value, i) => {
        const wanted = expected[i] ?? 0;
        // The halves' kernel gives infinity or NaN for both: all that matters is that it is not finite.
        if (dtype !== 'F16' || Number.isFinite(wanted)) assert.ok(Object.is(value, wanted), `${dtype} ${i}`);
        else assert.ok(!Number.isFinite(value));
      });
    }
  });
});

function widened(bytes: Uint8Array, dtype: ArithmeticDtype): Float32Array {
  const values = new Float32Array((bytes.length * 8) / { BF16: 16, F16: 16, F32: 32, F64: 64 }[dtype]);
  widen(bytes, dtype, values);
  return values;
}
