import assert from 'node:assert/strict';
import fc from 'fast-check';
import { distancesFromFactors } from '../../support/ediemReference';
import type { ArithmeticDtype } from '../../../src/core/safetensors/dtype';
import { widen } from '../../../src/core/safetensors/widen';
import { kernelDistances } from '../../../src/engine/workers/kernelGrams';
import { thinProducts } from '../../../src/engine/workers/measureModule';
import type {
  Factors,
  ModuleWork,
  StoredDifference,
  ThinProducts,
} from '../../../src/engine/workers/protocol';
import { JobSignals } from '../../../src/engine/workers/signals';
import { normals } from '../../support/random';
import { encode, randomBytes, suiteKernels, suiteWeights } from './support';

interface Case {
  readonly m: number;
  readonly n: number;
  readonly rank: number;
  readonly base: ArithmeticDtype;
  readonly aligned: ArithmeticDtype;
  readonly transposed: boolean;
  readonly seed: number;
}

const dtype = fc.constantFrom<ArithmeticDtype>('BF16', 'F16', 'F32', 'F64');
const cases: fc.Arbitrary<Case> = fc.record({
  m: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 120, max: 300 })),
  n: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 120, max: 300 })),
  rank: fc.oneof(fc.integer({ min: 1, max: 17 }), fc.constantFrom(64, 300)),
  base: dtype,
  aligned: dtype,
  transposed: fc.boolean(),
  seed: fc.integer({ min: 1, max: 1000 }),
});

/**
 * Stored shapes of which the random ones are too small: several strips of columns, and tiles of fewer rows than a block
 * of sums, which then spans tiles and is closed by the last of them.
 */
const LARGE: readonly {
  readonly why: string;
  readonly rows: number;
  readonly columns: number;
  readonly base: ArithmeticDtype;
  readonly aligned: ArithmeticDtype;
}[] = [
  { why: 'a second strip', rows: 5, columns: 1100, base: 'BF16', aligned: 'BF16' },
  { why: 'a second strip of widened weights', rows: 6, columns: 1100, base: 'F16', aligned: 'BF16' },
  { why: 'tiles of 128 rows', rows: 300, columns: 4200, base: 'BF16', aligned: 'BF16' },
  { why: 'tiles of 128 rows, the last of 45', rows: 301, columns: 4200, base: 'BF16', aligned: 'BF16' },
  { why: 'tiles of 128 rows', rows: 300, columns: 2100, base: 'F32', aligned: 'F32' },
  { why: 'tiles of 16 rows, the last of 1', rows: 33, columns: 17_000, base: 'F64', aligned: 'F64' },
];

describe('thin products and Gram matrices of the kernels', () => {
  const signals = new JobSignals();
  const { files, folder } = suiteWeights();
  const suite = suiteKernels();

  const products = async (stored: StoredDifference, factors: Factors): Promise<ThinProducts> => {
    const work: Pick<ModuleWork, 'difference'> = { difference: stored };
    return await thinProducts(work, factors, { memory: suite.memory, files, signals });
  };

  const areThoseOfFloat64 = async ({ m, n, rank, transposed, seed, ...dtypes }: Case): Promise<void> => {
    const [rows, columns] = transposed ? [n, m] : [m, n];
    const bytes = {
      base: randomBytes(rows * columns, dtypes.base, seed),
      aligned: randomBytes(rows * columns, dtypes.aligned, seed + 1),
    };
    const stored = {
      ...{ rows, columns, transposed },
      base: folder.store(bytes.base, dtypes.base),
      aligned: folder.store(bytes.aligned, dtypes.aligned),
    };
    const [from, to] = (['base', 'aligned'] as const).map((side) => {
      const values = new Float32Array(rows * columns);
      widen(bytes[side], dtypes[side], values);
      return values;
    });
    const v = Float32Array.from(to ?? [], (value, i) => value - (from?.[i] ?? 0));
    const at = (i: number, j: number): number => v[transposed ? j * m + i : i * n + j] ?? 0;
    const factors = {
      m,
      n,
      rank,
      scale: 0.5,
      a: normals(rank * n, seed + 2),
      b: normals(m * rank, seed + 3),
    };
    const exact = denseProducts(at, factors);
    const got = await products(stored, factors);
    if (exact.vNorm === 0) {
      // The first entry of `randomBytes` is 0 on both sides: a difference of 1 x 1 is zero.
      assert.equal(got.vNorm, 0);
      return;
    }
    assert.ok(Math.abs(got.vNorm / exact.vNorm - 1) < 1e-6);
    near(got.cb, exact.cb, 1e-5);
    near(got.inner, exact.inner, 1e-5);

    const distances = kernelDistances(factors, got, suite.memory, signals);
    const vtb = new Float64Array(n * rank);
    for (let k = 0; k < rank; k++) {
      for (let j = 0; j < n; j++) vtb[j * rank + k] = (got.inner[k * n + j] ?? 0) * got.vNorm;
    }
    const reference = distancesFromFactors({ ...factors, vtb, cb: got.cb, vNorm: got.vNorm });
    for (const name of ['updateNorm', 'projectedNorm', 'distance', 'cosine'] as const) {
      near([distances[name]], [reference[name]], 1e-9);
    }
    // The inner product can be near zero where its parts are not.
    assert.ok(Math.abs(distances.reversal - reference.reversal) < 1e-5 * reference.updateNorm);
  };

  it('are those of float64, for all dtypes, odd shapes, any rank and both layouts', async () => {
    await fc.assert(fc.asyncProperty(cases, areThoseOfFloat64), { numRuns: 60 });
  });

  for (const { why, rows, columns, base, aligned } of LARGE) {
    for (const transposed of [false, true]) {
      const name = `${base} and ${aligned}, ${String(rows)} x ${String(columns)}${transposed ? ', transposed' : ''}`;
      it(`are those of float64 with ${why}: ${name}`, async () => {
        const [m, n] = transposed ? [columns, rows] : [rows, columns];
        await areThoseOfFloat64({ m, n, rank: 3, base, aligned, transposed, seed: 11 });
      });
    }
  }

  it('keep the norm where float32 squares would vanish or overflow', async () => {
    for (const size of [1e-30, 1e25]) {
      const values = normals(16 * 24, 1, size);
      const stored = {
        ...{ rows: 16, columns: 24, transposed: false },
        base: folder.store(new Uint8Array(16 * 24 * 4), 'F32'),
        aligned: folder.store(encode(values, 'F32'), 'F32'),
      };
      const factors = { m: 16, n: 24, rank: 2, scale: 1, a: normals(48, 2), b: normals(32, 3) };
      const { vNorm } = await products(stored, factors);
      near([vNorm], [Math.hypot(...values)], 1e-6);
    }
  });

  it('see equal weights, and weights that are not finite', async () => {
    const factors = { m: 9, n: 11, rank: 2, scale: 1, a: normals(22, 2), b: normals(18, 3) };
    for (const dtype of ['BF16', 'F16', 'F32', 'F64'] as const) {
      const values = normals(99, 5);
      const side = {
        rows: 9,
        columns: 11,
        transposed: false,
        base: folder.store(encode(values, dtype), dtype),
      };
      assert.equal((await products({ ...side, aligned: side.base }, factors)).vNorm, 0);
      for (const bad of [NaN, Infinity, -Infinity]) {
        const bytes = dtype === 'F16' ? encode(values, dtype) : encode(values.with(50, bad), dtype);
        if (dtype === 'F16') new Uint16Array(bytes.buffer)[50] = Number.isNaN(bad) ? 0x7e00 : 0x7c00;
        const { vNorm } = await products({ ...side, aligned: folder.store(bytes, dtype) }, factors);
        assert.ok(!Number.isFinite(vNorm), `${dtype} ${bad}`);
      }
    }
  });
});

function denseProducts(
  at: (i: number, j: number) => number,
  { m, n, rank, b }: Factors,
): { vNorm: number; cb: Float64Array; inner: Float64Array } {
  let squares = 0;
  const inner = new Float64Array(rank * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      const value = at(i, j);
      squares += value * value;
      for (let k = 0; k < rank; k++)
        inner[k * n + j] = (inner[k * n + j] ?? 0) + value * (b[i * rank + k] ?? 0);
    }
  }
  const vNorm = Math.sqrt(squares);
  inner.forEach((value, i) => (inner[i] = value / vNorm));
  const cb = new Float64Array(m * rank);
  for (let i = 0; i < m; i++) {
    for (let k = 0; k < rank; k++) {
      for (let j = 0; j < n; j++)
        cb[i * rank + k] = (cb[i * rank + k] ?? 0) + at(i, j) * (inner[k * n + j] ?? 0);
    }
  }
  return { vNorm, cb, inner };
}

/** Equal but for `tolerance`, relative to the largest of them: rounding of a sum follows its parts. */
function near(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  assert.equal(actual.length, expected.length);
  const largest = Math.max(...Array.from(expected, Math.abs));
  for (let i = 0; i < actual.length; i++) {
    const error = Math.abs((actual[i] ?? NaN) - (expected[i] ?? NaN));
    assert.ok(error <= tolerance * largest, `${String(actual[i])} is not ${String(expected[i])}`);
  }
}
