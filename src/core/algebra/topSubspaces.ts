import { gaussians } from './random';
import { symmetricEigen } from './symmetricEigen';

/** A large matrix `X`, known by its products alone. */
export interface Products {
  readonly rows: number;
  readonly columns: number;
  /**
   * `Z = X W` and `Xᵀ Z`, in one pass over `X`. Both come as columns.
   * @param w `width` columns of `columns` elements, one after the other
   */
  apply(w: Float32Array<ArrayBuffer>, width: number): { readonly z: Vectors; readonly g: Vectors };
  /** `‖X‖_F`; known after the first product. */
  norm(): number;
}

export type Vectors = readonly Float64Array<ArrayBuffer>[];

export interface TopSubspaces {
  /** Orthonormal; as many as `values`. */
  readonly left: Vectors;
  readonly right: Vectors;
  /** The largest singular values, descending: at most k, fewer if the rank is less. */
  readonly values: readonly number[];
  /** The next singular value after them; 0 if there is none. */
  readonly next: number;
  /** Whether the residuals are below the tolerance. */
  readonly settled: boolean;
}

/** Columns of a product: two groups of 4, as the kernels multiply them. A smaller block needs fewer operations in all. */
const BLOCK = 8;
const PASSES_MIN = 3;
const PASSES_MAX = 16;
/** Dimensions beyond k, so that the k-th direction is no better or worse than the others. */
const OVERSAMPLING = 8;
/** Of a singular value's distance from the next one: the sine of the angle between found and exact subspace. */
const ANGLE = 1e-3;
/** The same where the directions themselves are written. */
const PRECISE_ANGLE = 1e-5;
/** Singular values closer than this (relative) do not have to be told apart. */
const CLOSE = 0.01;
/** Of a singular value, for directions above the noise if the k-th is not. */
const RESIDUAL = 1e-3;
/** Room for what the largest singular value of noise differs by from its limit. */
const NOISE_ROOM = 1.02;
/** Float32 products: what is left of a vector of this relative size is rounding. */
const ROUNDING = 3e-7;
/** Within these, `‖X‖²` and what is a millionth of it are far from the ends of float32. */
const SMALLEST_NORM = 1e-12;
const LARGEST_NORM = 1e12;
const SEED = 0x5eed;

/**
 * The top k left and right singular subspaces of `X`: block Lanczos on `XᵀX` from seeded random vectors, with full
 * orthogonalization (Golub, Luk, Overton 1981). Deterministic. It ends when the k-th residual `‖Xᵀu - σy‖` is at most 0.001
 * (`isPrecise`: 0.00001) of the distance to the next singular value, or after 16 passes; and, for larger matrices, when every direction is found
 * that exceeds what a random matrix of that size and norm has, `(1/√m + 1/√n) ‖X‖` (Marchenko and Pastur).
 * @returns undefined if `‖X‖` is 0, not finite, or its square leaves float32's range
 */
export function topSubspaces(products: Products, k: number, isPrecise = false): TopSubspaces | undefined {
  const run = new Lanczos(products);
  const angle = isPrecise ? PRECISE_ANGLE : ANGLE;
  const wanted = Math.min(k, products.rows, products.columns);
  const canEnd = Math.min(PASSES_MAX, Math.max(PASSES_MIN, Math.ceil((k + OVERSAMPLING) / BLOCK)));
  for (let pass = 1; ; pass++) {
    run.step();
    const norm = products.norm();
    if (!(norm > SMALLEST_NORM && norm < LARGEST_NORM)) return undefined;
    if (pass < canEnd && !run.isComplete) continue;
    const ritz = run.ritz();
    const settled = run.isComplete || isSettled(ritz, wanted, { angle, noise: noiseOf(products) });
    if (settled || pass >= PASSES_MAX) return run.subspaces(ritz, wanted, settled);
  }
}

/** The largest singular value of noise; 0 for a matrix that can be decomposed completely. */
function noiseOf(products: Products): number {
  const { rows, columns } = products;
  // The basis also holds what the first block has outside of the rows of X.
  if (Math.min(rows, columns) <= BLOCK * (PASSES_MAX - 1)) return 0;
  return NOISE_ROOM * (1 / Math.sqrt(rows) + 1 / Math.sqrt(columns)) * products.norm();
}

interface Ritz {
  /** Descending. */
  readonly values: readonly number[];
  /** Coefficients in the basis. */
  readonly vectors: readonly Float64Array[];
  readonly residuals: readonly number[];
}

function isSettled(
  { values, residuals }: Ritz,
  k: number,
  { angle, noise }: { readonly angle: number; readonly noise: number },
): boolean {
  const above = values.findIndex((value) => value <= noise);
  const last = values[k - 1] ?? 0;
  const gap = last - (values[k] ?? 0);
  const isNoise = above >= 0 && above < k;
  const limit = angle * Math.max(gap, CLOSE * last);
  return values
    .slice(0, isNoise ? above : k)
    .every((value, i) => (residuals[i] ?? Infinity) <= (isNoise ? RESIDUAL * value : limit));
}

class Lanczos {
  private basis: Vectors = [];
  private z: Vectors = [];
  private g: Vectors = [];
  /** `QᵀXᵀXQ`: rows of its lower triangle. */
  private readonly inner: number[][] = [];
  private block: Vectors;
  /** What the last block's products have outside the basis, in the next block. */
  private coupling: number[][] = [];

  constructor(private readonly products: Products) {
    const { columns } = products;
    const random = gaussians(SEED);
    const start = Array.from({ length: Math.min(BLOCK, columns) }, () =>
      Float64Array.from({ length: columns }, random),
    );
    this.block = orthonormalized(start, [], ROUNDING * Math.sqrt(columns)).vectors;
  }

  /** The basis spans all that `X` has. */
  get isComplete(): boolean {
    return this.block.length === 0;
  }

  step(): void {
    const { columns } = this.products;
    const w = new Float32Array(this.block.length * columns);
    this.block.forEach((vector, at) => w.set(vector, at * columns));
    const { z, g } = this.products.apply(w, this.block.length);
    this.basis = [...this.basis, ...this.block];
    this.z = [...this.z, ...z];
    this.g = [...this.g, ...g];
    for (let j = this.inner.length; j < this.basis.length; j++) {
      const product = this.g[j] ?? NONE;
      this.inner.push(this.basis.slice(0, j + 1).map((vector) => dot(vector, product)));
    }
    const largest = this.g.reduce((most, vector) => Math.max(most, Math.sqrt(dot(vector, vector))), 0);
    const next = orthonormalized(g, this.basis, ROUNDING * largest);
    this.block = this.basis.length >= columns ? [] : next.vectors;
    this.coupling = next.coefficients;
  }

  ritz(): Ritz {
    const size = this.inner.length;
    const rows = this.inner.map((row) => Float64Array.from({ length: size }, (_, j) => row[j] ?? 0));
    const { values, vectors } = symmetricEigen(rows);
    const sigma = [...values].reverse().map((value) => Math.sqrt(Math.max(0, value)));
    const ordered = [...vectors].reverse();
    const first = size - (this.coupling[0]?.length ?? 0);
    const residuals = ordered.map((vector, i) => {
      const outside = this.coupling.map((row) =>
        row.reduce((sum, value, c) => sum + value * (vector[first + c] ?? 0), 0),
      );
      return Math.hypot(...outside) / (sigma[i] ?? 0);
    });
    return { values: sigma, vectors: ordered, residuals };
  }

  subspaces({ values, vectors }: Ritz, k: number, settled: boolean): TopSubspaces {
    const smallest = Math.sqrt(ROUNDING) * (values[0] ?? 0);
    const kept = vectors.slice(0, k).filter((_, i) => (values[i] ?? 0) > smallest);
    const span = (columns: Vectors, length: number): Vectors => {
      const combined = kept.map((coefficients) => combination(columns, coefficients, length));
      return orthonormalized(combined, [], 0).vectors;
    };
    const { rows, columns } = this.products;
    return {
      left: span(this.z, rows),
      // `Xᵀ` of the left ones: half a step closer than the basis' own.
      right: span(this.g, columns),
      values: values.slice(0, kept.length),
      next: values[kept.length] ?? 0,
      settled,
    };
  }
}

const NONE = new Float64Array();

/**
 * An orthonormal basis of what the vectors have outside `basis` (Gram-Schmidt, twice), without vectors of which at most
 * `negligible` is left; and the coefficients of that part in it, a row for each new vector.
 */
function orthonormalized(
  given: Vectors,
  basis: Vectors,
  negligible: number,
): { readonly vectors: Vectors; readonly coefficients: number[][] } {
  const vectors: Float64Array<ArrayBuffer>[] = [];
  const coefficients: number[][] = [];
  given.forEach((one, column) => {
    const rest = one.slice();
    for (let round = 0; round < 2; round++) {
      for (const vector of basis) subtract(rest, vector, dot(vector, rest));
      vectors.forEach((vector, row) => {
        const share = dot(vector, rest);
        subtract(rest, vector, share);
        const values = coefficients[row];
        if (values !== undefined) values[column] = (values[column] ?? 0) + share;
      });
    }
    const length = Math.sqrt(dot(rest, rest));
    if (!(length > negligible)) return;
    for (let i = rest.length; i-- > 0;) rest[i] = (rest[i] ?? 0) / length;
    vectors.push(rest);
    coefficients.push(given.map((_, at) => (at === column ? length : 0)));
  });
  return { vectors, coefficients };
}

function dot(x: Float64Array, y: Float64Array): number {
  let sum = 0;
  for (let i = x.length; i-- > 0;) sum += (x[i] ?? 0) * (y[i] ?? 0);
  return sum;
}

/** `x -= factor y`. */
function subtract(x: Float64Array, y: Float64Array, factor: number): void {
  for (let i = x.length; i-- > 0;) x[i] = (x[i] ?? 0) - factor * (y[i] ?? 0);
}

function combination(
  columns: Vectors,
  coefficients: Float64Array,
  length: number,
): Float64Array<ArrayBuffer> {
  const sum = new Float64Array(length);
  columns.forEach((column, at) => subtract(sum, column, -(coefficients[at] ?? 0)));
  return sum;
}

/** `count` orthonormal vectors in random directions; the same ones for the same seed. */
export function randomSubspace(length: number, count: number, seed: number): Vectors {
  const random = gaussians(seed);
  const vectors = Array.from({ length: Math.min(count, length) }, () =>
    Float64Array.from({ length }, random),
  );
  return orthonormalized(vectors, [], 0).vectors;
}
