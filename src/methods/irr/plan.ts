import { productNorm } from '../../core/algebra/lowRank';
import { say } from '../../core/message';
import { withError } from '../compressionError';
import { settleRanks } from '../oneRank';
import { spectralTerm } from '../terms';
import type { MaskedUpdate, RepairInput, RepairPlan, Rewritten, SignMask, StepModule } from '../types';
import { refuseBias, refuseNonlinear } from '../update';

export interface IrrOptions extends SignMask {
  /** 0: that of the module. */
  readonly rank: number;
}

/** @throws SploraError `bad-request` if the update is not `s B A` (DoRA, other kinds), or has a trained bias */
export function planIrr({ adapter }: RepairInput, { rank, ...mask }: IrrOptions): RepairPlan {
  refuseNonlinear(adapter);
  refuseBias(adapter);
  const k = adapter.modules.reduce((most, module) => Math.max(most, module.rank), rank);
  return {
    tensors: new Map(),
    step: {
      reads: 'masked',
      mask,
      k,
      rewrite: (module, update) => truncated(module, update, rank),
      settle: (written) => withError(settleRanks(adapter, adapter.configText, written), written),
    },
    effect: say('masked'),
    changed: adapter.modules.map(({ name }) => name),
    kept: adapter.replacements.map(({ name }) => name),
    record: { ...mask, rank },
    notes: [],
  };
}

/** The best product of this rank for what the mask left of the update. */
export function truncated(module: StepModule, update: MaskedUpdate, rank: number): Rewritten {
  const { m, scale } = module;
  const { norm } = update;
  if (norm === 0) return { b: new Float64Array(m * module.rank), retained: 0 };
  const wanted = rank === 0 ? module.rank : rank;
  const values = update.values.slice(0, wanted);
  // Divided by the scale here, so that both factors are of one size.
  const term = spectralTerm({ ...update, values: values.map((value) => value / Math.abs(scale)) });
  const kept = values.reduce((sum, value) => sum + value ** 2, 0);
  return {
    a: scale < 0 ? term.a.map((value) => -value) : term.a,
    ...{ b: term.b, rank: values.length },
    error: Math.sqrt(Math.max(0, 1 - kept / norm ** 2)),
    retained: norm / (Math.abs(scale) * productNorm(module)),
  };
}
