import { quotedList } from '../../core/adapter/names';
import { productNorm } from '../../core/algebra/lowRank';
import { badRequest } from '../../core/errors';
import { say, type Message } from '../../core/message';
import { displayName } from '../../core/safetensors/displayName';
import { requirePasses } from '../passes';
import type { RepairInput, RepairPlan, Rewritten, StepModule } from '../types';
import { refuseBias, refuseNonlinear } from '../update';

export interface ConstrainOptions {
  readonly directions: number;
}

/** How far `Uᵀ U` may be from the identity. */
const ORTHONORMAL = 1e-3;

/**
 * `B' = B - U Uᵀ B` with the main directions `U` of the outputs in refusals.
 * @throws SploraError `bad-request` if an update is not `s B A`, without passes, and where no update would be left
 */
export function planConstrain(input: RepairInput, { directions }: ConstrainOptions): RepairPlan {
  const { adapter } = input;
  refuseNonlinear(adapter);
  refuseBias(adapter);
  requirePasses(input);
  const narrow = adapter.modules.filter(({ shape: [m] }) => m <= directions).map(({ name }) => name);
  if (narrow.length === adapter.modules.length)
    throw badRequest(
      say('No module has more than {0} outputs: no update would be left', directions),
      say('Choose fewer directions.'),
      adapter.weightsFile,
    );
  return {
    tensors: new Map(),
    step: { reads: 'factors', rewrite: (module) => constrained(module, directions) },
    effect: say('taken off the outputs of refusals'),
    changed: adapter.modules.map(({ name }) => name),
    kept: adapter.replacements.map(({ name }) => name),
    record: { directions },
    notes: narrowNotes(narrow, directions),
  };
}

function narrowNotes(narrow: readonly string[], directions: number): readonly Message[] {
  return narrow.length === 0
    ? []
    : [say('With {0} directions, little or nothing is left of {1}.', directions, quotedList(narrow))];
}

export function constrained(module: StepModule, directions: number): Rewritten {
  const { name, m, rank, b, refusals } = module;
  if (refusals === undefined)
    throw badRequest(
      say('No outputs of {0} were recorded', displayName(name)),
      say('Record them again with this adapter.'),
    );
  const u = refusals.subarray(0, directions * m);
  refuseSkewed(u, m, name);
  // Twice, so that rounding leaves nothing in these directions.
  const left = without(without(b, rank, u, m), rank, u, m);
  const before = productNorm(module);
  return { b: left, retained: before === 0 ? 0 : productNorm({ ...module, b: left }) / before };
}

/** `B - Uᵀ (U B)` for directions as rows. */
function without(b: Float64Array, rank: number, u: Float64Array, m: number): Float64Array {
  const result = Float64Array.from(b);
  for (let start = 0; start < u.length; start += m) {
    for (let column = 0; column < rank; column++) {
      let share = 0;
      for (let i = 0; i < m; i++) share += (u[start + i] ?? 0) * (b[i * rank + column] ?? 0);
      for (let i = 0; i < m; i++)
        result[i * rank + column] = (result[i * rank + column] ?? 0) - share * (u[start + i] ?? 0);
    }
  }
  return result;
}

function refuseSkewed(u: Float64Array, m: number, name: string): void {
  for (let one = 0; one < u.length; one += m) {
    for (let other = 0; other <= one; other += m) {
      let product = 0;
      for (let i = 0; i < m; i++) product += (u[one + i] ?? 0) * (u[other + i] ?? 0);
      if (Math.abs(product - (one === other ? 1 : 0)) <= ORTHONORMAL) continue;
      throw badRequest(
        say('The directions of {0} are not orthonormal', displayName(name)),
        say('Record them again with this adapter.'),
      );
    }
  }
}
