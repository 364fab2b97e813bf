import { availableParallelism } from 'node:os';
import { quantile } from '../../src/core/ediem/quantile';
import { DenseAlgebra, type Matrix } from '../../src/engine/ort';
import { dot, transpose } from '../support/matrix';
import { normals } from '../support/random';

/** The published loop compares a module with this many copies of its own pair. */
const COPIES = 50;

/**
 * The published algorithm for one module, transcribed: `C = V Vᵀ / ‖V‖`, `P = C dW`, both scorers on 50 copies of the
 * pair, quartiles by sorting. Milliseconds, without reading and widening the weights.
 */
export async function publishedModule(size: number, rank: number): Promise<number> {
  const algebra = await DenseAlgebra.create('cpu', availableParallelism());
  const v = matrix(normals(size * size, 1, 0.002), size, size);
  const b = matrix(normals(size * rank, 2, 0.005), size, rank);
  const a = matrix(normals(rank * size, 3, 0.01), rank, size);
  const vt = matrix(transpose(v.data, size, size), size, size);
  const multiply = async (x: Matrix, w: Matrix): Promise<Matrix> => {
    const out = new Float32Array(x.rows * w.columns);
    await algebra.run('multiply', x, w, out);
    return matrix(out, x.rows, w.columns);
  };
  const startedAt = performance.now();
  const c = await multiply(v, vt);
  const norm = Math.sqrt(dot(v.data, v.data));
  for (let i = 0; i < c.data.length; i++) c.data[i] = (c.data[i] ?? 0) / norm;
  const update = await multiply(b, a);
  const projected = await multiply(c, update);
  let checksum = 0;
  // One scorer for the standard deviation, one for the quartiles; each computes its own distances.
  for (let copy = 0; copy < 2 * COPIES; copy++) checksum += distance(projected.data, update.data);
  checksum += quantile(projected.data, 0.25) - quantile(update.data, 0.25);
  const ms = performance.now() - startedAt;
  if (!Number.isFinite(checksum)) throw new Error('The transcription computed nonsense.');
  await algebra.release();
  return ms;
}

function matrix(data: Float32Array, rows: number, columns: number): Matrix {
  return { data, rows, columns };
}

function distance(x: Float32Array, y: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += ((x[i] ?? 0) - (y[i] ?? 0)) ** 2;
  return Math.sqrt(sum);
}
