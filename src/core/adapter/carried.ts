import { lastOfName } from '../lastPart';
import type { TensorInfo } from '../safetensors/types';
import { pathParts } from './keys';
import { pathSuffixTest } from './names';
import type { CarriedTensor } from './types';

/** Names of output heads and embeddings whose full weights PEFT saves by itself. */
const SAVED_LAYERS: ReadonlySet<string> = new Set([
  'lm_head',
  'embed_tokens',
  'wte',
  'word_embeddings',
  'embed_in',
  'embed_out',
]);

export const TARGET_PARAMETERS_REASON =
  'LoRA of a parameter (target_parameters): its experts are stacked, which E-DIEM does not score.';

/** Why a tensor that is no part of a LoRA pair is copied through. */
export function carry(tensor: TensorInfo, modulesToSave: ReadonlySet<string>): CarriedTensor {
  return { tensor, reason: reasonOf(pathParts(tensor.name), modulesToSave) };
}

function reasonOf(parts: readonly string[], modulesToSave: ReadonlySet<string>): string {
  const last = parts.at(-1);
  const layer = parts.at(-2);
  if (parts.includes('trainable_tokens_delta'))
    return 'Trained token rows (trainable_token_indices): the change is not scored.';
  if (
    parts.includes('modules_to_save') ||
    parts.some((part) => modulesToSave.has(part)) ||
    modulesToSave.has(parts.slice(0, -1).join('.'))
  ) {
    return 'Full weights of a module in modules_to_save: the change is not scored.';
  }
  if (layer === 'base_layer') return 'A copy of a base weight that was saved with the adapter.';
  if (last === 'bias') return 'A bias that was trained with the adapter: the change is not scored.';
  if (layer !== undefined && SAVED_LAYERS.has(layer))
    return 'Full weights saved with the adapter: the change is not scored.';
  if (parts.some((part) => part.startsWith('lora_'))) return 'A LoRA tensor of an unknown kind: not scored.';
  return 'A full tensor beside the LoRA pairs: the change, if any, is not scored.';
}

/**
 * The test whether a module is the layer that owns a target parameter (`mlp.experts` of `mlp.experts.down_proj`): PEFT >=
 * 0.17 wraps it, once for each parameter.
 */
export function parameterModuleTest(targetParameters: readonly string[]): (module: string) => boolean {
  const owners = targetParameters.map((parameter) =>
    parameter.slice(0, Math.max(0, parameter.lastIndexOf('.'))),
  );
  const isOwner = pathSuffixTest(owners.filter((owner) => owner !== ''));
  return (module) => lastOfName(module) === 'base_layer' || isOwner(module);
}
