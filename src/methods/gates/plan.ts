import { failure, type SploraError } from '../../core/errors';
import { say, type Message } from '../../core/message';
import type { TensorFate } from '../../core/safetensors/writePlan';
import type { RepairInput, RepairPlan } from '../types';
import { bTensors, refuseNonlinear, scaleBy } from '../update';
import {
  applied,
  fittedGates,
  isRemoved,
  isUnchanged,
  missedNotes,
  planRemoval,
  recordOf,
  refuseTrivial,
} from './fitted';

/**
 * `B' = g B` with the gate of each module; modules with gates near 0 are removed as `prune` removes them.
 * @throws SploraError `bad-request` without gates of this adapter, for gates that are all 1 or all 0, and as `scale`
 */
export function planGates(input: RepairInput): RepairPlan {
  const { adapter } = input;
  refuseNonlinear(adapter);
  const fit = fittedGates(input, 'plain');
  const gates = fit.gates.map(applied);
  refuseTrivial(gates, adapter);
  const removal = planRemoval(input, gates);
  const refuse = (why: Message): SploraError => failure('bad-request', why, adapter.weightsFile);
  const byModule = new Map(gates.map((gate) => [gate.module, gate]));
  const scaled = adapter.modules.flatMap((module): (readonly [string, TensorFate])[] => {
    const gate = byModule.get(module.name);
    if (gate === undefined || isRemoved(gate) || isUnchanged(gate)) return [];
    return bTensors(module).map((tensor) => [
      tensor.name,
      { shape: tensor.shape, transform: scaleBy(tensor, gate.on, refuse) },
    ]);
  });
  const unchanged = new Set(gates.filter(isUnchanged).map(({ module }) => module));
  const names = adapter.modules.map(({ name }) => name);
  const replaced = removal?.changed.filter((name) => !byModule.has(name)) ?? [];
  return {
    tensors: new Map([...(removal?.tensors ?? []), ...scaled]),
    ...(removal?.configText === undefined ? {} : { configText: removal.configText }),
    effect: say('scaled by their gates'),
    changed: [...names.filter((name) => !unchanged.has(name)), ...replaced],
    kept: [
      ...names.filter((name) => unchanged.has(name)),
      ...adapter.replacements.map(({ name }) => name).filter((name) => !replaced.includes(name)),
    ],
    record: recordOf(fit, gates),
    notes: [...missedNotes(fit), ...(removal?.notes ?? [])],
  };
}
