import { rowGram } from '../core/algebra/lowRank';
import type { LoraFactors } from './types';

export interface Projection {
  /** `<P, dW> / (‖P‖ ‖dW‖)`; 0 if a norm is 0. */
  readonly cosine: number;
  /** `‖P‖ / ‖dW‖`. */
  readonly retained: number;
}

/** How `P = B' A` compares with `dW = B A`, from r x r Gram matrices: nothing of m x n is made. */
export function projectionOf({ m, n, rank, a, b }: LoraFactors, projected: Float64Array): Projection {
  const rows = rowGram(a, rank, n);
  const product = (left: Float64Array, right: Float64Array): number => {
    let sum = 0;
    for (let k = 0; k < rank; k++) {
      for (let l = 0; l < rank; l++) {
        let columns = 0;
        for (let i = 0; i < m; i++) columns += (left[i * rank + k] ?? 0) * (right[i * rank + l] ?? 0);
        sum += columns * (rows[k]?.[l] ?? 0);
      }
    }
    return sum;
  };
  const squares = [product(projected, projected), product(b, b)].map((square) => Math.max(0, square));
  const [after = 0, before = 0] = squares.map(Math.sqrt);
  if (after === 0 || before === 0) return { cosine: 0, retained: 0 };
  return { cosine: product(projected, b) / (after * before), retained: after / before };
}
