import { settleRanks } from './oneRank';
import { spectralTerm, sumOf } from './terms';
import type {
  AlignmentSubspaces,
  RepairInput,
  RepairPlan,
  Rewritten,
  StepModule,
  WrittenModule,
} from './types';
import { refuseBias, refuseNonlinear } from './update';

/** What is added of `V = W_aligned - W_base`. */
export interface VectorOptions {
  readonly k: number;
  readonly coefficient: number;
  /** Whether the update of the module stays. */
  readonly keepsUpdate: boolean;
}

/**
 * `dW' = dW + c V_k`, exactly: `B' = [B, U Σ^½]`, `A' = [A; c/s Σ^½ Yᵀ]`.
 * @throws SploraError `bad-request` if the update is not `s B A` (DoRA, other kinds), or has a trained bias
 */
export function planVector(
  { adapter }: RepairInput,
  options: VectorOptions,
): Omit<RepairPlan, 'effect' | 'record'> {
  refuseNonlinear(adapter);
  refuseBias(adapter);
  return {
    tensors: new Map(),
    step: {
      reads: 'subspaces',
      k: options.k,
      isPrecise: true,
      takesAll: true,
      rewrite: (module, subspaces) => withVector(module, subspaces, options),
      ...(options.keepsUpdate ? {} : { rewriteOutside: withoutUpdate }),
      settle: (written) => {
        const settled = settleRanks(adapter, adapter.configText, written, !options.keepsUpdate);
        return { ...settled, record: { ...settled.record, ...energyOf(written) } };
      },
    },
    changed: adapter.modules.map(({ name }) => name),
    kept: adapter.replacements.map(({ name }) => name),
    notes: [],
  };
}

export function withVector(
  module: StepModule,
  subspaces: AlignmentSubspaces,
  { coefficient, keepsUpdate }: VectorOptions,
): Rewritten {
  const { m, n, scale } = module;
  const vector = spectralTerm(subspaces, coefficient / scale);
  const { a, b, rank } = sumOf(m, n, keepsUpdate ? [{ ...module, factor: 1 }, vector] : [vector]);
  const squares = subspaces.values.reduce((sum, sigma) => sum + sigma ** 2, 0);
  return { a, b, rank, energy: Math.sqrt(squares) / subspaces.norm };
}

/** A module without an alignment adds nothing. */
const withoutUpdate = ({ m, n }: StepModule): Rewritten => ({
  ...{ rank: 1, a: new Float64Array(n), b: new Float64Array(m) },
});

/** For the metadata: the least and the largest share of `‖V‖` that is in `V_k`. */
function energyOf(written: ReadonlyMap<string, WrittenModule>): Readonly<Record<string, unknown>> {
  const shares = [...written.values()].flatMap(({ energy }) => energy ?? []);
  if (shares.length === 0) return {};
  const extremes = [Math.min, Math.max].map((of) => Number(shares.reduce((x, y) => of(x, y)).toPrecision(4)));
  return { energy: extremes };
}
