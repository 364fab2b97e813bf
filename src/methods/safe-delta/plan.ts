import { mainSubspaces } from '../../core/algebra/mainDirections';
import { compensatedRow, costOf, hessianRoot, type HessianRoot } from '../../core/algebra/obs';
import { badRequest } from '../../core/errors';
import { say } from '../../core/message';
import { displayName } from '../../core/safetensors/displayName';
import { withError } from '../compressionError';
import { truncated } from '../irr/plan';
import { settleRanks } from '../oneRank';
import { requirePasses } from '../passes';
import type { LeftModule, RepairInput, RepairPlan, Rewritten, StepModule } from '../types';
import { refuseBias, refuseNonlinear } from '../update';

export interface SafeDeltaOptions {
  readonly budget: number;
  /** 0: that of the module. */
  readonly rank: number;
}

/** Share of the entries, those that cost most, that never stay. */
const NEVER = 0.15;
/** Of the published model, for which a budget is meant. */
const SIZE = 4096;

/**
 * In increasing order of `1/R_jj²`, entries of the update stay until `Σ (dW_ij / R_jj)²` reaches the budget; the others are
 * what makes up for them on the tokens of refusals.
 * @throws SploraError `bad-request` if an update is not `s B A`, and without passes
 */
export function planSafeDelta(input: RepairInput, options: SafeDeltaOptions): RepairPlan {
  const { adapter } = input;
  refuseNonlinear(adapter);
  refuseBias(adapter);
  requirePasses(input);
  const roots = new WeakMap<Float64Array, HessianRoot>();
  return {
    tensors: new Map(),
    step: {
      reads: 'factors',
      rewrite: (module) => affordable(module, options, roots),
      settle: (written) => withError(settleRanks(adapter, adapter.configText, written), written),
    },
    effect: say('reduced to what its budget allows'),
    changed: adapter.modules.map(({ name }) => name),
    kept: adapter.replacements.map(({ name }) => name),
    record: { ...options },
    notes: [],
  };
}

export function affordable(
  module: StepModule,
  options: SafeDeltaOptions,
  roots = new WeakMap<Float64Array, HessianRoot>(),
): Rewritten | LeftModule {
  const { name, m, n, rank, hessian } = module;
  if (hessian === undefined)
    throw badRequest(
      say('No inputs of {0} were recorded', displayName(name)),
      say('Record them again with this adapter.'),
    );
  const root = roots.get(hessian) ?? hessianRoot(hessian, n);
  if (root === undefined) return { left: say('It reads only zeros in refusals.') };
  // Of one module for all budgets.
  roots.set(hessian, root);
  const update = updateOf(module);
  const kept = keptRows(update, root, { m, n, budget: options.budget });
  const given = update.map((value, at) => (Math.floor(at / n) < (kept[at % n] ?? 0) ? value : NaN));
  const start = new Float64Array(n);
  for (let row = 0; row < m; row++)
    update.set(compensatedRow(root, start, given.subarray(row * n, (row + 1) * n)), row * n);
  return truncated(module, mainSubspaces(update, n, options.rank === 0 ? rank : options.rank), options.rank);
}

/** `s B A`. */
function updateOf({ m, n, rank, scale, a, b }: StepModule): Float64Array<ArrayBuffer> {
  const update = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let k = 0; k < rank; k++) {
      const factor = scale * (b[i * rank + k] ?? 0);
      for (let j = 0; j < n; j++) update[i * n + j] = (update[i * n + j] ?? 0) + factor * (a[k * n + j] ?? 0);
    }
  }
  return update;
}

/** Of each column: how many entries stay, from the first row on. */
function keptRows(
  update: Float64Array,
  root: HessianRoot,
  { m, n, budget }: { readonly m: number; readonly n: number; readonly budget: number },
): Uint32Array {
  const costs = Float64Array.from({ length: n }, (_, j) => costOf(root, j) ** 2);
  const mean = costs.reduce((sum, cost) => sum + cost, 0) / n;
  const limit = budget * (m / SIZE) * (n / SIZE) * mean;
  const order = [...costs.keys()].sort(
    (one, other) => (costs[one] ?? 0) - (costs[other] ?? 0) || one - other,
  );
  const kept = new Uint32Array(n);
  let left = m * n - Math.floor(NEVER * m * n);
  let spent = 0;
  for (const j of order) {
    for (let i = 0; i < m; i++) {
      spent += (update[i * n + j] ?? 0) ** 2 * (costs[j] ?? 0);
      if (left-- <= 0 || spent > limit) return kept;
      kept[j] = i + 1;
    }
  }
  return kept;
}
