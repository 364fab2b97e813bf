import { failure, type SploraError } from '../../core/errors';
import { say, type Message } from '../../core/message';
import type { RepairInput, RepairPlan } from '../types';
import { bTensors, refuseNonlinear, scaleBy } from '../update';

export interface ScaleOptions {
  readonly factor: number;
}

/** @throws SploraError `bad-request` if B does not scale the update (DoRA, other kinds), or its dtype cannot be scaled */
export function planScale({ adapter }: RepairInput, { factor }: ScaleOptions): RepairPlan {
  const { modules } = adapter;
  refuseNonlinear(adapter);
  const refuse = (why: Message): SploraError => failure('bad-request', why, adapter.weightsFile);
  return {
    tensors: new Map(
      modules.flatMap(bTensors).map((tensor) => {
        const { name, shape } = tensor;
        return [name, { shape, transform: scaleBy(tensor, factor, refuse) }];
      }),
    ),
    effect: say('scaled by {0}', factor),
    changed: modules.map(({ name }) => name),
    kept: adapter.replacements.map(({ name }) => name),
    record: { factor },
    notes: [],
  };
}
