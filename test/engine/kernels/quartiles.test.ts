import assert from 'node:assert/strict';
import fc from 'fast-check';
import { transpose } from '../../support/matrix';
import { productRows, sampleEntries, type ThinProduct } from '../../support/entries';
import { quantile } from '../../../src/core/ediem/quantile';
import { QuartileSearch } from '../../../src/core/ediem/quartileSearch';
import { KeySearch } from '../../../src/engine/workers/keySearch';
import { ProductQuartiles, QUARTILE_SAMPLE } from '../../../src/engine/workers/quartiles';
import { JobSignals } from '../../../src/engine/workers/signals';
import { normals, uniform } from '../../support/random';
import { suiteKernels } from './support';

/** Ways in which factors can be awkward. */
type Shape =
  'normal' | 'zero rows' | 'zero columns' | 'outliers' | 'repeated' | 'tiny' | 'huge' | 'one sign' | 'signs';
const SHAPES: readonly Shape[] = [
  ...(['normal', 'zero rows', 'zero columns', 'outliers', 'repeated'] as const),
  ...(['tiny', 'huge', 'one sign', 'signs'] as const),
];

describe('quartiles of the kernels', () => {
  const signals = new JobSignals();
  const suite = suiteKernels();

  const first = (product: ThinProduct, mode: 'exact' | 'sampled'): number => {
    const { m, n, rank, x, y } = product;
    suite.memory.reset();
    const entries = new Float32Array(m * n);
    productRows(product, 0, m, entries);
    const norm = Math.sqrt(entries.reduce((sum, value) => sum + value * value, 0));
    return new ProductQuartiles(m, n, rank, y, suite.memory, signals).first(x, norm, mode);
  };
  const sorted = (product: ThinProduct): number => {
    const entries = new Float32Array(product.m * product.n);
    productRows(product, 0, product.m, entries);
    return quantile(entries, 0.25);
  };

  it('are bit for bit those of sorting, for small products', () => {
    const size = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(
        size,
        size,
        fc.integer({ min: 1, max: 20 }),
        fc.constantFrom(...SHAPES),
        (m, n, rank, shape) => {
          const product = makeProduct(m, n, rank, shape, m * 41 + n);
          assert.equal(first(product, 'exact') + 0, sorted(product) + 0);
        },
      ),
      { numRuns: 300 },
    );
  });

  for (const shape of SHAPES) {
    it(`are bit for bit those of sorting, through keys: ${shape}`, () => {
      const sizes = [
        [512, 512, 8],
        [403, 401, 3],
        [7, 30_011, 5],
        [30_011, 9, 16],
        [389, 523, 11],
        [400, 400, 64],
        [257, 640, 300],
      ] as const;
      for (const [m, n, rank] of sizes) {
        const product = makeProduct(m, n, rank, shape, rank);
        assert.equal(first(product, 'exact') + 0, sorted(product) + 0, `${m} x ${n}, rank ${rank}`);
      }
    });
  }

  it('take a bracket that misses, on either side', () => {
    const [m, n, rank] = [600, 601, 8];
    const product = makeProduct(m, n, rank, 'normal', 3);
    suite.memory.reset();
    const places = {
      m,
      n,
      rank,
      x: suite.memory.put(product.x),
      aRows: suite.memory.put(transpose(product.y, rank, n)),
    };
    const entries = new Float32Array(m * n);
    productRows(product, 0, m, entries);
    const ascending = entries.slice().sort();
    const rms = Math.sqrt(entries.reduce((sum, value) => sum + value * value, 0) / entries.length);
    for (const off of [-0.03, -0.001, 0.001, 0.03]) {
      const keys = KeySearch.of(places, rms, suite.memory, signals);
      assert.ok(keys !== undefined);
      const lying = {
        ...keys.sample,
        between: (from: number, to: number) => keys.sample.between(from + off, to + off),
        share: (value: number) => keys.sample.share(value) - off,
      };
      const search = new QuartileSearch(m * n, 0.25, lying);
      let passes = 0;
      for (; !search.done; passes++) {
        assert.ok(passes < 5 && !search.needsAll);
        assert.ok(keys.pass(search));
        search.endPass();
      }
      assert.equal(search.value(), quantile(ascending, 0.25));
    }
  });

  it('sampled, are the quartile of the reference sample', () => {
    const product = makeProduct(500, 700, 6, 'normal', 9);
    const sampled = first(product, 'sampled');
    assert.equal(sampled, quantile(sampleEntries(product, QUARTILE_SAMPLE), 0.25));
    const entries = new Float32Array(500 * 700);
    productRows(product, 0, 500, entries);
    const share = entries.filter((value) => value < sampled).length / entries.length;
    assert.ok(Math.abs(share - 0.25) < 0.0071, `share ${share}`);
  });

  it('sampled, are exact where there is no more than the sample would hold', () => {
    const product = makeProduct(300, 400, 6, 'normal', 9);
    assert.equal(first(product, 'sampled'), sorted(product));
  });
});

function makeProduct(m: number, n: number, rank: number, shape: Shape, seed: number): ThinProduct & Factors {
  const x = normals(m * rank, seed);
  const y = normals(rank * n, seed + 1);
  const random = uniform(seed);
  if (shape === 'zero rows')
    for (let i = 0; i < m; i++) if (random() < 0.6) x.fill(0, i * rank, (i + 1) * rank);
  if (shape === 'zero columns') {
    for (let j = 0; j < n; j++) if (random() < 0.6) for (let k = 0; k < rank; k++) y[k * n + j] = -0;
  }
  if (shape === 'outliers') {
    for (let i = 0; i < x.length; i += 97) x[i] = (x[i] ?? 0) * 500;
    for (let i = 0; i < y.length; i += 89) y[i] = (y[i] ?? 0) * 300;
  }
  if (shape === 'repeated')
    for (let i = 1; i < m; i++) if (i % 5 > 0) x.copyWithin(i * rank, (i - 1) * rank, i * rank);
  if (shape === 'tiny') y.forEach((value, i) => (y[i] = value * 1e-38));
  if (shape === 'huge') y.forEach((value, i) => (y[i] = value * 1e30));
  if (shape === 'one sign')
    for (const values of [x, y]) values.forEach((value, i) => (values[i] = Math.abs(value)));
  if (shape === 'signs')
    for (const values of [x, y]) values.forEach((value, i) => (values[i] = Math.sign(value)));
  return { m, n, rank, x, y };
}

interface Factors {
  readonly x: Float32Array<ArrayBuffer>;
  readonly y: Float32Array<ArrayBuffer>;
}
