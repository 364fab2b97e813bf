import { quotedList } from '../core/adapter/names';
import type { Adapter } from '../core/adapter/types';
import { badRequest, type SploraError } from '../core/errors';
import { say, type Message } from '../core/message';
import { displayName } from '../core/safetensors/displayName';
import type { RepairInput } from './types';
import { refuseBias, refuseNonlinear } from './update';

/**
 * The safety adapter of a method that needs one.
 * @throws SploraError `bad-request` if there is none, or it is not for the same model: other shapes, another layout, no
 * module in common; or if its updates are not `s B A`
 */
export function safetyOf({ adapter, safety }: RepairInput): Adapter {
  if (safety === undefined)
    throw badRequest(
      say('The method needs a safety adapter.'),
      say('Specify an adapter that was trained on the same model to refuse.'),
    );
  refuseNonlinear(safety);
  refuseBias(safety);
  if (adapter.family !== safety.family || adapter.fanInFanOut !== safety.fanInFanOut)
    throw unlike(say('The safety adapter stores its factors in another layout'), safety);
  const own = new Map(adapter.modules.map((module) => [module.name, module]));
  const common = safety.modules.flatMap((other) => {
    const module = own.get(other.name);
    return module === undefined ? [] : [{ module, other }];
  });
  if (common.length === 0) throw unlike(say('The safety adapter has no module of this adapter'), safety);
  const different = common.find(({ module, other }) => String(module.shape) !== String(other.shape));
  if (different !== undefined) {
    const { module, other } = different;
    const [shape, expected] = [other, module].map((one) => one.shape.join(' x '));
    throw unlike(
      say('{0} is {1} in the safety adapter, not {2}', displayName(module.name), shape ?? '', expected ?? ''),
      safety,
    );
  }
  const renamed = common.find(({ module, other }) => module.a.name !== other.a.name);
  if (renamed !== undefined && common.length < safety.modules.length)
    throw unlike(
      say('The safety adapter names its tensors differently: {0}', displayName(renamed.other.a.name)),
      safety,
    );
  return safety;
}

const unlike = (message: Message, { weightsFile }: Adapter): SploraError =>
  badRequest(message, say('Choose a safety adapter for the same model.'), weightsFile);

/** What is not taken over from the safety adapter. */
export function safetyNotes({ replacements }: Adapter): readonly Message[] {
  if (replacements.length === 0) return [];
  const names = replacements.map(({ name }) => name);
  return [say('Whole weights of the safety adapter are not taken over: {0}.', quotedList(names))];
}
