import type { ModuleMeasure } from './types';

export type Distances = Pick<
  ModuleMeasure,
  'updateNorm' | 'projectedNorm' | 'distance' | 'cosine' | 'reversal'
>;

/**
 * `‖X A‖² = <XᵀX, A Aᵀ>`, a product of two Gram matrices of r x r each: all that norms and distances are made of.
 * Nothing of size m x n is built.
 */
export interface SquaredNorms {
  /** `X = B`. */
  readonly update: number;
  /** `X = C B`. */
  readonly projected: number;
  /** `X = C B - B`. */
  readonly difference: number;
  /** `X = Vᵀ B / ‖V‖`. */
  readonly inner: number;
}

/** @param squares of the factors without their scale; with them `‖V‖_F` and `<V, B A>` */
export function distancesFromSquares(
  squares: SquaredNorms,
  { scale, vNorm, innerVA }: { readonly scale: number; readonly vNorm: number; readonly innerVA: number },
): Distances {
  const norm = (square: number): number => Math.abs(scale) * Math.sqrt(Math.max(0, square));
  const updateNorm = norm(squares.update);
  const projectedNorm = norm(squares.projected);
  // `<P, dW> = s² ‖T A‖² ‖V‖` with T as above: a sum of squares, so that a small cosine keeps its digits.
  const inner = norm(squares.inner) ** 2 * vNorm;
  return {
    updateNorm,
    projectedNorm,
    distance: norm(squares.difference),
    cosine: updateNorm * projectedNorm > 0 ? inner / (updateNorm * projectedNorm) : 0,
    reversal: (-scale * innerVA) / vNorm,
  };
}
