import { tensorsOf } from '../core/adapter/keys';
import { configLimit, DORA_REASON } from '../core/adapter/limits';
import type { Adapter, AdapterModule } from '../core/adapter/types';
import { badRequest, failure, type SploraError } from '../core/errors';
import { say, type Message } from '../core/message';
import { displayName } from '../core/safetensors/displayName';
import { isArithmeticDtype } from '../core/safetensors/dtype';
import { scaleElements } from '../core/safetensors/elements';
import type { TensorInfo } from '../core/safetensors/types';

/** `lora_B` and the trained bias that is added with it: times `f`, they make the module's update `f s B A`. */
export const bTensors = (module: AdapterModule): readonly TensorInfo[] => [
  module.b,
  ...tensorsOf(module, 'bBias'),
];

/** A trained magnitude: the update is not linear in B, and B = 0 still acts. */
export const isDora = (module: AdapterModule): boolean =>
  tensorsOf(module, 'magnitude', 'mlxMagnitude').length > 0;

/** @throws SploraError `bad-request` for an adapter whose updates are not linear in B and A: DoRA, other kinds */
export function refuseNonlinear({ config, modules, weightsFile }: Adapter): void {
  const dora = config['use_dora'] === true || modules.some(isDora) ? DORA_REASON : undefined;
  const reason = configLimit(config)?.reason ?? dora;
  if (reason !== undefined) throw failure('bad-request', reason, weightsFile);
}

/**
 * It is added with `B` and does not come from `B A`, which is all that a subspace or a product is of.
 * @throws SploraError `bad-request` with this advice, for a trained bias of `lora_B`
 */
export function refuseBias({ modules, weightsFile }: Adapter, advice = say('Choose another method.')): void {
  const biased = modules.find((module) => tensorsOf(module, 'bBias').length > 0);
  if (biased === undefined) return;
  throw badRequest(
    say('Module {0} has a trained bias of lora_B, which this method cannot change', displayName(biased.name)),
    advice,
    weightsFile,
  );
}

/**
 * Multiplies a tensor's bytes in its own dtype; exact for powers of two.
 * @throws SploraError of `refuse`, if the dtype has no arithmetic; when it runs, if a finite element would become infinite
 */
export function scaleBy(
  { name, dtype }: TensorInfo,
  factor: number,
  refuse: (message: Message) => SploraError,
): (bytes: Uint8Array) => Uint8Array {
  if (!isArithmeticDtype(dtype))
    throw refuse(say('Tensor {0} is {1}, which cannot be scaled', displayName(name), dtype));
  return (bytes) => {
    const result = factor === 1 ? bytes : scaleElements(bytes, dtype, factor);
    if (result !== undefined) return result;
    throw refuse(say('Tensor {0} times {1} does not fit its dtype {2}', displayName(name), factor, dtype));
  };
}
