import { productNorm, truncateProduct, type Product } from '../../core/algebra/lowRank';
import { badRequest } from '../../core/errors';
import { say } from '../../core/message';
import { displayName } from '../../core/safetensors/displayName';
import { withError } from '../compressionError';
import { settleRanks } from '../oneRank';
import { safetyNotes, safetyOf } from '../safety';
import { balanced, sumOf, type Term } from '../terms';
import type { LeftModule, RepairInput, RepairPlan, Rewritten, StepModule, WrittenModule } from '../types';
import { refuseBias, refuseNonlinear } from '../update';

export interface FuseOptions {
  readonly type: 'cat' | 'svd' | 'linear';
  readonly taskWeight: number;
  readonly safetyWeight: number;
  readonly rank: number;
}

/** What is left of two updates that cancel each other. */
const ROUNDING = 1e-6;

/**
 * `dW' = w1 s1 B1 A1 + w2 s2 B2 A2`.
 * @throws SploraError `bad-request` if an update is not `s B A`, for adapters of other models, and for weights that leave
 * nothing or change nothing
 */
export function planFuse(input: RepairInput, options: FuseOptions): RepairPlan {
  const { adapter } = input;
  const safety = safetyOf(input);
  refuseNonlinear(adapter);
  refuseBias(adapter);
  refuseOptions(options);
  return {
    tensors: new Map(),
    step: {
      reads: 'factors',
      takesAll: true,
      rewrite: (module) => fused(module, options),
      settle: (written) => {
        refuseCancelled(written);
        return withError(settleRanks(adapter, adapter.configText, written), written);
      },
    },
    effect: say('fused'),
    changed: adapter.modules.map(({ name }) => name),
    kept: adapter.replacements.map(({ name }) => name),
    record: { ...options },
    notes: safetyNotes(safety),
  };
}

function refuseOptions({ type, safetyWeight, rank }: FuseOptions): void {
  if (safetyWeight === 0)
    throw badRequest(
      say('With weight 0, nothing of the safety adapter is added'),
      say('Choose another weight, or the method scale.'),
    );
  if (type !== 'svd' && rank !== 0)
    throw badRequest(say('Only the type svd takes a rank'), say('Choose it, or leave the rank out.'));
}

function refuseCancelled(written: ReadonlyMap<string, WrittenModule>): void {
  if (![...written.values()].every(({ retained }) => retained !== undefined && retained < ROUNDING)) return;
  throw badRequest(
    say('The two adapters cancel each other: nothing would be left'),
    say('Choose other weights, or another adapter.'),
  );
}

export function fused(module: StepModule, options: FuseOptions): Rewritten | LeftModule {
  const { m, n, safety, scale } = module;
  const { type, taskWeight, safetyWeight, rank } = options;
  if (safety === undefined && taskWeight === 1) return { left: say('The safety adapter does not have it.') };
  const own: Term = { ...module, factor: taskWeight };
  const other = safety && { ...safety, factor: (safetyWeight * safety.scale) / scale };
  const sum = sumOf(m, n, other === undefined ? [own] : [own, other]);
  // Weight 0 for a module that the safety adapter does not have.
  if (sum.rank === 0) return { b: new Float64Array(module.b.length), retained: 0 };
  const retained = retainedOf(module, sum);
  if (type === 'linear' && other !== undefined && module.rank > 0)
    return { ...linear(module, own, other, sum), ...retained };
  const wanted = rank === 0 ? Math.max(module.rank, safety?.rank ?? 0) : rank;
  if (type !== 'svd' || sum.rank <= wanted) return { ...sum, ...retained };
  const { error, ...truncated } = truncateProduct(sum, wanted);
  return { ...balanced(truncated), error, ...retained };
}

function retainedOf(module: StepModule, sum: Product): Pick<WrittenModule, 'retained'> {
  const before = module.rank === 0 ? 0 : productNorm(module);
  return before === 0 ? {} : { retained: productNorm(sum) / before };
}

/** PEFT: `A' = Σ sgn(c_i) √|c_i| A_i` and `B' = Σ √|c_i| B_i`, with `c_i = w_i s_i` and the scale 1. */
function linear(module: StepModule, own: Term, other: Term, sum: Product): Rewritten {
  const { name, m, n, rank, scale } = module;
  if (own.rank !== other.rank)
    throw badRequest(
      say('The type linear needs equal ranks: {0} has {1} and {2}', displayName(name), own.rank, other.rank),
      say('Choose cat or svd.'),
    );
  const weights = [own, other].map(({ factor }) => {
    const c = factor * scale;
    return { left: Math.sqrt(Math.abs(c)), right: (Math.sign(c) * Math.sqrt(Math.abs(c))) / scale };
  });
  const [first = NONE, second = NONE] = weights;
  const mixed = (x: Float64Array, y: Float64Array, side: 'left' | 'right'): Float64Array<ArrayBuffer> =>
    Float64Array.from(x, (value, at) => first[side] * value + second[side] * (y[at] ?? 0));
  const [a, b] = [mixed(own.a, other.a, 'right'), mixed(own.b, other.b, 'left')];
  const difference = sumOf(m, n, [
    { m, n, rank, a, b, factor: 1 },
    { ...sum, factor: -1 },
  ]);
  const norm = productNorm(sum);
  return { a, b, rank, error: norm === 0 ? 0 : productNorm(difference) / norm };
}

const NONE = { left: 0, right: 0 };
