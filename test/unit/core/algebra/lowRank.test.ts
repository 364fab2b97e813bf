import assert from 'node:assert/strict';
import { truncateProduct, type Product } from '../../../../src/core/algebra/lowRank';
import { normals } from '../../../support/random';

const [M, N, RANK] = [12, 9, 4];

function random(m: number, n: number, rank: number, seed: number): Product {
  return {
    ...{ m, n, rank },
    a: Float64Array.from(normals(rank * n, seed)),
    b: Float64Array.from(normals(m * rank, seed + 1)),
  };
}

function dense({ m, n, rank, a, b }: Product): Float64Array {
  return Float64Array.from({ length: m * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    let sum = 0;
    for (let k = 0; k < rank; k++) sum += (b[i * rank + k] ?? 0) * (a[k * n + j] ?? 0);
    return sum;
  });
}

const norm = (values: Float64Array): number => Math.hypot(...values);

function distance(one: Product, other: Product): number {
  const right = dense(other);
  const left = dense(one);
  return norm(left.map((value, at) => value - (right[at] ?? 0))) / norm(left);
}

describe('truncateProduct', () => {
  it('says how far the nearest product of smaller rank is', () => {
    const whole = random(M, N, RANK, 1);
    const errors = [1, 2, 3].map((rank) => {
      const truncated = truncateProduct(whole, rank);
      assert.deepEqual([truncated.a.length, truncated.b.length], [rank * N, M * rank]);
      assert.ok(Math.abs(distance(whole, truncated) - truncated.error) < 1e-9);
      return truncated.error;
    });
    assert.deepEqual(errors, [...errors].sort().reverse());
    assert.ok((errors[2] ?? 1) > 0.01);
  });

  it('loses nothing where the rank suffices, also of factors with equal columns', () => {
    const { a, b, ...half } = random(M, N, 2, 2);
    const twice: Product = {
      ...half,
      rank: 4,
      a: Float64Array.of(...a, ...a.map((value) => 2 * value)),
      b: Float64Array.from({ length: M * 4 }, (_, at) => b[Math.floor(at / 4) * 2 + (at % 2)] ?? 0),
    };
    const truncated = truncateProduct(twice, 2);
    assert.ok(truncated.error < 1e-7);
    assert.ok(distance(twice, truncated) < 1e-9);
  });

  it('takes a product of zeros', () => {
    const zero = { ...{ m: 3, n: 2, rank: 2 }, a: new Float64Array(4), b: new Float64Array(6) };
    const { a, b, error } = truncateProduct(zero, 1);
    assert.deepEqual([[...a], [...b], error], [[0, 0], [0, 0, 0], 0]);
  });
});
