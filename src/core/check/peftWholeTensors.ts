import { namesIn } from '../adapter/peftNames';
import { TARGET_PARAMETERS_REASON } from '../adapter/carried';
import { isSet } from '../adapter/limits';
import { pathParts } from '../adapter/keys';
import type { CarriedTensor } from '../adapter/types';
import { locateParameter } from '../checkpoint/locate';
import { say, type Message } from '../message';
import { shapeText, unquotedName } from '../safetensors/displayName';
import type { TensorInfo } from '../safetensors/types';
import { listing, prefixed } from './facts';
import { PEFT_PREFIX, type KeyReader } from './peftKeys';
import type { LoaderInput, LoadRule, RuleValues } from './types';
import { savedNamesOf, savedTest, wholeTensors, type WholeTensor } from './wholeTensors';

const LOAD_SOURCE = 'peft/utils/save_and_load.py: set_peft_model_state_dict';

/** What becomes of tensors that are no LoRA factor of a module. */
export const wholeTensorRules = (reader: KeyReader): readonly LoadRule[] => [
  ...replacementRules(reader),
  {
    severity: 'error',
    field: 'modules_to_save',
    source: LOAD_SOURCE,
    message: say(
      'modules_to_save covers {0}, and the file has no tensor of that name: PEFT stops with a KeyError.',
    ),
    when: (input) => reader.loader === 'PEFT' && missingSaved(input),
  },
  {
    severity: 'note',
    field: 'modules_to_save',
    source: 'transformers/integrations/peft.py: PeftAdapterMixin.load_adapter',
    message: say(
      'modules_to_save covers {0}, and the file has no tensor of that name: load_adapter keeps the weights of the model.',
    ),
    when: (input) => reader.loader === 'load_adapter' && missingSaved(input),
  },
  {
    severity: 'error',
    field: 'trainable_token_indices',
    source: LOAD_SOURCE,
    message: say(
      'trainable_token_indices is set, and the file has no trained token rows: PEFT stops with a KeyError.',
    ),
    when: ({ adapter }) =>
      reader.loader === 'PEFT' &&
      isSet(adapter.config['trainable_token_indices']) &&
      ![...adapter.header.tensors.keys()].some((key) => key.includes('trainable_tokens_delta')),
  },
  {
    severity: 'silent',
    change: 'parts-dropped',
    source: LOAD_SOURCE,
    message: say('PEFT has no place for these LoRA tensors and drops them without a message: {0}.'),
    when: carriedNames(isLoraLike),
  },
  {
    severity: 'unsure',
    field: 'target_parameters',
    source: 'peft/tuners/tuners_utils.py: BaseTuner._inject_parameters',
    message: say(
      'The file has LoRA tensors of target_parameters, which are not compared with the model: {0}.',
    ),
    when: carriedNames(({ reason }) => reason === TARGET_PARAMETERS_REASON),
  },
];

const replacementRules = (reader: KeyReader): readonly LoadRule[] => [
  {
    severity: 'silent',
    change: 'base-weights',
    source: LOAD_SOURCE,
    message: say(
      '{0} loads whole tensors of the file over weights of the model, although the config does not name them: {1}. Remove them from the file, or name them in modules_to_save.',
    ),
    when: (input) => usedAs(reader, input, ({ use }) => use === 'overwrites'),
  },
  {
    severity: 'unsure',
    source: LOAD_SOURCE,
    message: say(
      '{0} loads whole tensors of the file over weights of the model: {1}. Whether they differ from them is not known. Choose the model.',
    ),
    when: (input) =>
      usedAs(
        reader,
        input,
        ({ use, replacement }) => use === 'may-overwrite' && replacement.module === undefined,
      ),
  },
  {
    severity: 'note',
    source: LOAD_SOURCE,
    message: say(
      '{0} loads whole tensors of the file over weights of the model that have the same values: {1}.',
    ),
    when: (input) => usedAs(reader, input, ({ use }) => use === 'same'),
  },
  {
    severity: 'note',
    source: LOAD_SOURCE,
    message: say('{0} loads the saved weights of {1} over those of the model, which it saved itself.'),
    when: (input) =>
      usedAs(
        reader,
        input,
        ({ use, replacement }) => use === 'may-overwrite' && replacement.module !== undefined,
      ),
  },
  {
    severity: 'note',
    source: LOAD_SOURCE,
    message: say('{0} has no place for these whole tensors and ignores them: {1}.'),
    when: (input) => usedAs(reader, input, ({ use }) => use === 'unread'),
  },
];

function usedAs(
  reader: KeyReader,
  input: LoaderInput,
  isWanted: (whole: WholeTensor) => boolean,
): RuleValues {
  const names = wholeTensors(reader, input).filter(isWanted);
  return prefixed(listing(names.map(({ replacement }) => replacement.name)), reader.loader);
}

/** Parameters of the model that modules_to_save covers, and no tensor of the file is for. */
function missingSaved({ adapter, model }: LoaderInput): RuleValues {
  const names = namesIn(adapter.config['modules_to_save']);
  const coveredBy = savedNamesOf(adapter.config['modules_to_save']);
  const has = (parameter: string): boolean =>
    adapter.header.tensors.has(`${PEFT_PREFIX}${parameter}`) ||
    adapter.header.tensors.has(`${PEFT_PREFIX}${parameter.replace(/\.(\w+)$/, '.base_layer.$1')}`);
  if (model !== undefined)
    return listing([...model.tensors.keys()].filter((key) => coveredBy(key).length > 0 && !has(key)));
  const keys = [...adapter.header.tensors.keys()].filter((key) => key.startsWith(PEFT_PREFIX));
  const covered = new Set(keys.flatMap((key) => coveredBy(key.slice(PEFT_PREFIX.length))));
  return listing(names.filter((name) => !covered.has(name)));
}

/** Whole tensors that are loaded and have another shape in the model, as values of a message. */
export function shapesOfWhole(reader: KeyReader, input: LoaderInput): RuleValues {
  const { model, adapter } = input;
  if (model === undefined) return undefined;
  const empty = adapter.carried.find(({ tensor }) => isEmptyHead(input, tensor));
  if (empty !== undefined) {
    const name = empty.tensor.name.slice(PEFT_PREFIX.length);
    const stored = shapeText(model.tensors.get(name)?.info.shape ?? []);
    return [
      say('"{0}" is {1} in the adapter and {2}', unquotedName(name), shapeText(empty.tensor.shape), stored),
    ];
  }
  for (const { replacement, use } of wholeTensors(reader, input)) {
    if (use === 'unread' || use === 'same') continue;
    const { name, tensor } = replacement;
    const stored = model.tensors.get(name)?.info;
    const isOther = stored !== undefined && shapeText(stored.shape) !== shapeText(tensor.shape);
    if (!isOther || 'found' in locateParameter(model, { name, shape: tensor.shape }, adapter.fanInFanOut))
      continue;
    const message: Message = say(
      '"{0}" is {1} in the adapter and {2}',
      unquotedName(name),
      shapeText(tensor.shape),
      shapeText(stored.shape),
    );
    return [message];
  }
  return undefined;
}

/** A saved head without data, as DeepSpeed writes it without gathering. */
function isEmptyHead({ adapter, model }: LoaderInput, { name, shape }: TensorInfo): boolean {
  const parameter = name.startsWith(PEFT_PREFIX) ? name.slice(PEFT_PREFIX.length) : '';
  const isSaved = savedTest(adapter.config['modules_to_save']);
  return shape.includes(0) && isSaved(parameter) && model?.tensors.has(parameter) === true;
}

const isLoraLike = ({ tensor, reason }: CarriedTensor): boolean =>
  reason !== TARGET_PARAMETERS_REASON &&
  pathParts(tensor.name).some((part) => part.startsWith('lora_')) &&
  !tensor.shape.includes(0);

const carriedNames =
  (isWanted: (carried: CarriedTensor) => boolean) =>
  ({ adapter }: LoaderInput): RuleValues =>
    listing(adapter.carried.filter(isWanted).map(({ tensor }) => tensor.name));
