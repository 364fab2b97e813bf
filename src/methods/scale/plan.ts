import { parseAdapterKey } from '../../core/adapter/keys';
import { configLimit, DORA_REASON } from '../../core/adapter/limits';
import type { Adapter, AdapterModule } from '../../core/adapter/types';
import { SploraError } from '../../core/errors';
import { say, type Message } from '../../core/message';
import { displayName } from '../../core/safetensors/displayName';
import { isArithmeticDtype } from '../../core/safetensors/dtype';
import { scaleElements } from '../../core/safetensors/elements';
import type { TensorInfo } from '../../core/safetensors/types';
import type { TensorFate } from '../../core/safetensors/writePlan';
import type { RepairInput, RepairPlan } from '../types';

export interface ScaleOptions {
  readonly factor: number;
}

/** @throws SploraError `bad-request` if B does not scale the update (DoRA, other kinds), or its dtype cannot be scaled */
export function planScale({ adapter, configText }: RepairInput, { factor }: ScaleOptions): RepairPlan {
  const reason = configLimit(adapter.config)?.reason ?? (isDora(adapter) ? DORA_REASON : undefined);
  if (reason !== undefined) throw refusal(adapter, reason);
  const tensors = new Map(
    adapter.modules.flatMap((module) =>
      scaledTensors(module).map((tensor) => [tensor.name, fateOf(adapter, tensor, factor)] as const),
    ),
  );
  return {
    tensors,
    ...(configText === undefined ? {} : { configText }),
    effect: say('scaled by {0}', factor),
    changed: adapter.modules.map(({ name }) => name),
    kept: adapter.replacements.map(({ name }) => name),
    record: { factor },
    notes: [],
  };
}

const isDora = ({ config, modules }: Adapter): boolean =>
  config['use_dora'] === true ||
  modules.some(({ tensors }) => tensors.some(({ name }) => /[mM]agnitude$/.test(partOf(name))));

const partOf = (tensor: string): string => parseAdapterKey(tensor)?.part ?? '';

/** B, and the trained bias that is added with it. */
const scaledTensors = ({ b, tensors }: AdapterModule): readonly TensorInfo[] => [
  b,
  ...tensors.filter(({ name }) => partOf(name) === 'bBias'),
];

function fateOf(adapter: Adapter, { name, dtype, shape }: TensorInfo, factor: number): TensorFate {
  if (!isArithmeticDtype(dtype))
    throw refusal(adapter, say('Tensor {0} is {1}, which cannot be scaled', displayName(name), dtype));
  // Within [0, 1] nothing overflows.
  return { shape, transform: (bytes) => scaleElements(bytes, dtype, factor) ?? bytes };
}

function refusal({ weightsFile }: Adapter, message: Message): SploraError {
  return new SploraError({ code: 'bad-request', message, file: weightsFile });
}
