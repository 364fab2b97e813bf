import assert from 'node:assert/strict';
import { topSubspaces, type Products, type Vectors } from '../../../../src/core/algebra/topSubspaces';

/** `sum_i values[i] u_i v_iᵀ` with the columns of two Householder reflections as singular vectors. */
class Known implements Products {
  private done = false;

  constructor(
    readonly rows: number,
    readonly columns: number,
    readonly values: readonly number[],
  ) {}

  apply(w: Float32Array<ArrayBuffer>, width: number): { readonly z: Vectors; readonly g: Vectors } {
    this.done = true;
    const [left, right] = [this.left, this.right];
    const z: Float64Array<ArrayBuffer>[] = [];
    const g: Float64Array<ArrayBuffer>[] = [];
    for (let k = 0; k < width; k++) {
      const column = Float64Array.from(w.subarray(k * this.columns, (k + 1) * this.columns));
      const shares = right.map((vector) => dot(vector, column));
      z.push(combined(left, (i) => (this.values[i] ?? 0) * (shares[i] ?? 0), this.rows));
      g.push(combined(right, (i) => (this.values[i] ?? 0) ** 2 * (shares[i] ?? 0), this.columns));
    }
    return { z, g };
  }

  norm(): number {
    return this.done ? Math.hypot(...this.values) : NaN;
  }

  get left(): Vectors {
    return this.values.map((_, i) => reflected(this.rows, i, 0.3));
  }

  get right(): Vectors {
    return this.values.map((_, i) => reflected(this.columns, i, 0.7));
  }
}

/** Column `i` of `I - 2 h hᵀ`. */
function reflected(length: number, i: number, step: number): Float64Array<ArrayBuffer> {
  const h = Float64Array.from({ length }, (_, at) => Math.cos(step * at));
  const squared = dot(h, h);
  return h.map((value, at) => (at === i ? 1 : 0) - (2 * value * (h[i] ?? 0)) / squared);
}

function dot(x: Float64Array, y: Float64Array): number {
  return x.reduce((sum, value, at) => sum + value * (y[at] ?? 0), 0);
}

function combined(
  vectors: Vectors,
  weight: (at: number) => number,
  length: number,
): Float64Array<ArrayBuffer> {
  const sum = new Float64Array(length);
  vectors.forEach((vector, at) =>
    vector.forEach((value, i) => (sum[i] = (sum[i] ?? 0) + weight(at) * value)),
  );
  return sum;
}

/** How much of each expected direction lies outside of the span. */
function outside(expected: Vectors, span: Vectors): number {
  return expected.reduce((most, one) => {
    const inside = span.reduce((sum, vector) => sum + dot(vector, one) ** 2, 0);
    return Math.max(most, Math.sqrt(Math.max(0, 1 - inside)));
  }, 0);
}

const falling = (count: number, ratio: number): readonly number[] =>
  Array.from({ length: count }, (_, i) => ratio ** i);

describe('topSubspaces', () => {
  for (const [rows, columns] of [
    [96, 64],
    [64, 96],
    [300, 400],
    [3, 200],
  ] as const) {
    it(`finds both subspaces of a ${rows} x ${columns} matrix`, () => {
      const known = new Known(rows, columns, falling(Math.min(rows, columns, 40), 0.9));
      const k = Math.min(4, rows);
      const found = topSubspaces(known, k);
      assert.ok(found?.settled);
      assert.equal(found.left.length, k);
      assert.ok(outside(known.left.slice(0, k), found.left) < 2e-3);
      assert.ok(outside(known.right.slice(0, k), found.right) < 2e-3);
      found.values.forEach((value, i) => assert.ok(Math.abs(value / 0.9 ** i - 1) < 1e-5));
      assert.deepEqual(topSubspaces(known, k), found);
    });
  }

  it('returns as many directions as the matrix has', () => {
    const found = topSubspaces(new Known(50, 60, [3, 2]), 8);
    assert.deepEqual([found?.left.length, found?.right.length, found?.settled], [2, 2, true]);
    assert.ok((found?.next ?? 1) < 1e-2);
  });

  it('ends early where the rest is noise, with the directions above it', () => {
    let passes = 0;
    const known = new Known(500, 500, [20, ...Array.from({ length: 499 }, (_, i) => 1 - i / 1000)]);
    const counted: Products = {
      rows: 500,
      columns: 500,
      apply: (w, width) => (passes++, known.apply(w, width)),
      norm: () => known.norm(),
    };
    const found = topSubspaces(counted, 4);
    assert.ok(passes < 6, String(passes));
    assert.ok(outside(known.left.slice(0, 1), found?.left ?? []) < 1e-3);
  });

  for (const scale of [0, 1e-20, Infinity, NaN])
    it(`declines a norm of ${scale}`, () => {
      assert.equal(topSubspaces(new Known(20, 20, [scale, scale / 2]), 2), undefined);
    });
});
