import { namesIn } from '../adapter/peftNames';
import type { Replacement } from '../adapter/types';
import { HEAD_NAMES } from '../adapter/names';
import { lastOfName } from '../lastPart';
import type { KeyReader } from './peftKeys';
import { nameInModel, targetsOf } from './peftKeys';
import type { LoaderInput } from './types';

/**
 * What becomes of a whole tensor. `declared`: the config says that it is part of the adapter. `same`: it overwrites a
 * weight of the model with the same values. `overwrites`: with others. `may-overwrite`: which of the two is not known.
 * `unread`: no parameter has its name.
 */
type WholeUse = 'declared' | 'same' | 'overwrites' | 'may-overwrite' | 'unread';

export interface WholeTensor {
  readonly replacement: Replacement;
  readonly use: WholeUse;
}

/** `<module>.base_layer.weight` of a module with a pair, `<module>.weight` of any other. */
export function wholeTensors(reader: KeyReader, input: LoaderInput): readonly WholeTensor[] {
  const { replacements, config } = input.adapter;
  const isSaved = savedTest(config['modules_to_save']);
  return replacements.map((replacement) => ({
    replacement,
    use: useOf(reader, input, replacement, isSaved),
  }));
}

/**
 * The names of `modules_to_save` by which PEFT loads a parameter of the model as part of a module that it saves whole: its
 * module, or one that this is in, has a name that ends in one of them, not only after a dot
 * (`peft/utils/other.py: _set_trainable`).
 */
export function savedNamesOf(saved: unknown): NamesOf {
  if (typeof saved !== 'object' || saved === null) return namesOf(saved);
  const made = known.get(saved) ?? namesOf(saved);
  known.set(saved, made);
  return made;
}

type NamesOf = (parameter: string) => readonly string[];

/** By the list: several rules ask for the same one. */
const known = new WeakMap<object, NamesOf>();

function namesOf(saved: unknown): NamesOf {
  const names = new Set(namesIn(saved).filter((name) => name !== ''));
  // Looked up by length: a config may have a hundred thousand names.
  const lengths = [...new Set([...names].map(({ length }) => length))];
  return (parameter) => {
    const found: string[] = [];
    for (let dot = parameter.lastIndexOf('.'); dot > 0; dot = parameter.lastIndexOf('.', dot - 1))
      for (const length of lengths) {
        const end = length > dot ? undefined : parameter.slice(dot - length, dot);
        if (end !== undefined && names.has(end)) found.push(end);
      }
    return found;
  };
}

/** Whether some name of `saved` covers the parameter. */
export function savedTest(saved: unknown): (parameter: string) => boolean {
  const coveredBy = savedNamesOf(saved);
  return (parameter) => coveredBy(parameter).length > 0;
}

function useOf(
  reader: KeyReader,
  input: LoaderInput,
  { name, tensor, module }: Replacement,
  isSaved: (parameter: string) => boolean,
): WholeUse {
  const { config } = input.adapter;
  const dot = name.lastIndexOf('.');
  const [owner, last] = [name.slice(0, Math.max(0, dot)), name.slice(dot + 1)];
  const inModel = nameInModel(reader, owner, input);
  const isWrapped = targetsOf(input)(inModel) === true;
  const path = isWrapped ? `${owner}.base_layer.${last}` : name;
  if (!reader.prefixes.some((prefix) => tensor.name === `${prefix}${path}`)) return 'unread';
  if (isSaved(name) || isDeclaredBias(config['bias'], last, isWrapped)) return 'declared';
  if (!hasParameter(input, inModel, last)) return 'unread';
  const isSame = input.sameWeights?.get(name);
  if (isSame !== undefined) return isSame ? 'same' : 'overwrites';
  // PEFT saves the weights of embeddings and heads with a pair on its own: most are those of the model.
  return module === undefined && input.model !== undefined ? 'overwrites' : 'may-overwrite';
}

const isDeclaredBias = (bias: unknown, last: string, isWrapped: boolean): boolean =>
  last === 'bias' && (bias === 'all' || (bias === 'lora_only' && isWrapped));

/** Without a model every name may exist; a tied head is no tensor of its own. */
function hasParameter({ model }: LoaderInput, owner: string, last: string): boolean {
  if (model === undefined) return true;
  return model.tensors.has(`${owner}.${last}`) || (last === 'weight' && HEAD_NAMES.has(lastOfName(owner)));
}
