import { configLimit, DORA_REASON } from '../../core/adapter/limits';
import { failure, type SploraError } from '../../core/errors';
import { say, type Message } from '../../core/message';
import type { RepairInput, RepairPlan } from '../types';
import { bTensors, isDora, scaleBy } from '../update';

export interface ScaleOptions {
  readonly factor: number;
}

/** @throws SploraError `bad-request` if B does not scale the update (DoRA, other kinds), or its dtype cannot be scaled */
export function planScale({ adapter }: RepairInput, { factor }: ScaleOptions): RepairPlan {
  const { config, modules } = adapter;
  const refuse = (why: Message): SploraError => failure('bad-request', why, adapter.weightsFile);
  const dora = config['use_dora'] === true || modules.some(isDora) ? DORA_REASON : undefined;
  const reason = configLimit(config)?.reason ?? dora;
  if (reason !== undefined) throw refuse(reason);
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
