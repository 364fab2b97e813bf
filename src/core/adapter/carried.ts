import { groupBy } from '../groupBy';
import { lastOfName } from '../lastPart';
import type { TensorInfo } from '../safetensors/types';
import { pathParts, tensorsOf } from './keys';
import { naturalCompare, quotedList } from './names';
import { pathSuffixTest } from './peftNames';
import type { Adapter, AdapterModule, CarriedTensor, Replacement } from './types';
import { say, type Message } from '../message';

export const TARGET_PARAMETERS_REASON = say(
  'LoRA of a parameter (target_parameters) of an unknown kind or rank: the change is not scored.',
);
/**
 * What the tensors are that are no LoRA factors. PEFT loads a tensor over the parameter of its name, whatever the config
 * says (`set_peft_model_state_dict`, `strict=False`); the weight of a module with a LoRA pair is called
 * `<module>.base_layer.weight` then, and `<module>.weight` is not read.
 * @param isModule whether a name has a LoRA pair
 */
export function sortWhole(
  tensors: readonly TensorInfo[],
  isModule: (name: string) => boolean,
): { readonly replacements: Replacement[]; readonly carried: CarriedTensor[] } {
  const found = tensors.map((tensor) => ({ tensor, ...parameterOf(tensor, isModule) }));
  const parameters = found.flatMap((one) => ('reason' in one ? [] : [one]));
  const groups = [...groupBy(parameters, ({ name }) => name).values()];
  const single = groups.flatMap((group) => (group.length === 1 ? group : []));
  const twins = groups.flatMap((group) => (group.length === 1 ? [] : group));
  return {
    replacements: single.sort((x, y) => naturalCompare(x.name, y.name)),
    carried: [
      ...found.filter((one) => 'reason' in one),
      ...twins.map(({ tensor }) => ({ tensor, reason: TWINS_REASON })),
    ],
  };
}

const TWINS_REASON = say(
  'Several tensors of the file belong to one parameter: it is unclear which one is used.',
);

function parameterOf(
  { name, shape }: TensorInfo,
  isModule: (name: string) => boolean,
): Omit<Replacement, 'tensor'> | { readonly reason: Message } {
  const parts = pathParts(name);
  if (parts.includes('trainable_tokens_delta'))
    return { reason: say('Trained token rows (trainable_token_indices): the change is not scored.') };
  if (parts.some((part) => part.startsWith('lora_')) || shape.includes(0))
    return { reason: say('An empty tensor, or a LoRA tensor of an unknown kind: not scored.') };
  const saved = parts.indexOf('modules_to_save');
  if (saved > 0) parts.splice(saved, parts.length - saved > 2 ? 2 : 1);
  const wrapped = parts.at(-2) === 'base_layer';
  const last = parts.at(-1) ?? '';
  const owner = parts.slice(0, wrapped ? -2 : -1).join('.');
  const parameter = owner === '' ? last : `${owner}.${last}`;
  if (isModule(parameter) || (!wrapped && isModule(owner)))
    return {
      reason: say('The weight of a module that has a LoRA pair, under a name that PEFT does not read.'),
    };
  return { name: parameter, ...(wrapped && isModule(owner) ? { module: owner } : {}) };
}

/** Bytes of the tensors of a module that are not listed as replacements. */
export function bytesOfModules({
  replacements,
}: Pick<Adapter, 'replacements'>): (module: AdapterModule) => number {
  const whole = new Set(replacements.map(({ tensor }) => tensor));
  return ({ tensors }) =>
    tensors.reduce((sum, tensor) => (whole.has(tensor) ? sum : sum + tensor.byteLength), 0);
}

/** Tensors that no module and no replacement of an analysis covers: the carried ones, and biases of `lora_B`. */
export function unscoredTensors({ modules, carried }: Pick<Adapter, 'modules' | 'carried'>): CarriedTensor[] {
  const biases = modules
    .filter(({ tensors }) => tensors.length > 2)
    .flatMap((module) => tensorsOf(module, 'bBias'));
  return [...biases.map((tensor) => ({ tensor, reason: PAIR_BIAS_REASON })), ...carried];
}

const PAIR_BIAS_REASON = say(
  'A trained bias of lora_B, which is removed with its module: the change is not scored.',
);

/** The note on an adapter with whole weights. */
export function replacementNotes(replacements: readonly Replacement[]): Message[] {
  if (replacements.length === 0) return [];
  return [
    say(
      "The file contains whole weights, which PEFT (and mlx-lm before 0.32) loads over the model's: {0}.",
      quotedList(replacements.map(({ name }) => name)),
    ),
  ];
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
  // A bare name (`gate_up_proj`) is a parameter of any module; those that hold experts are called so.
  const isBare = owners.includes('');
  return (module) => {
    const last = lastOfName(module);
    return last === 'base_layer' || (isBare && last === 'experts') || isOwner(module);
  };
}
