import { isSet } from '../adapter/limits';
import { PEFT_FIELDS } from '../adapter/peftConfig';
import { HEAD_NAMES, EMBEDDING_NAMES } from '../adapter/names';
import type { AdapterModule } from '../adapter/types';
import { lastOfName } from '../lastPart';
import { say } from '../message';
import { isMissing, isSameScale, listing, mistyped, namesOf, oddFields, refusals } from './facts';
import { NAME_MISMATCH, nameMismatch, otherShapes } from './model';
import { namedFor } from './names';
import type { LoaderInput, LoaderRules, LoadRule, ModuleRule } from './types';

const CONVERTER = 'llama.cpp/convert_lora_to_gguf.py';
const SERVER = 'llama.cpp/src/llama-adapter.cpp: llama_adapter_lora_init_impl';

const tensorsWhere =
  (isWanted: (name: string, input: LoaderInput) => boolean): LoadRule['when'] =>
  (input) =>
    listing([...input.adapter.header.tensors.keys()].filter((name) => isWanted(name, input)));

const isFactor = (name: string): boolean =>
  /\.lora_[AB]\.weight/.test(name) || /\.lora_embedding_[AB]/.test(name);
const isNorm = (name: string): boolean => !isFactor(name) && /_layernorm|\.norm/.test(name);
const isSavedBase = (name: string): boolean => !isFactor(name) && name.includes('.base_layer.weight');

const converterRules: readonly LoadRule[] = [
  {
    severity: 'error',
    field: 'lora_alpha',
    source: CONVERTER,
    message: say('The config has no field "lora_alpha", which the converter of llama.cpp requires.'),
    when: ({ adapter: { config } }) => config['lora_alpha'] === undefined,
  },
  mistyped('lora_alpha', (value) => typeof value === 'number', {
    message: say('The converter of llama.cpp stops: "lora_alpha" is not a number.'),
    source: CONVERTER,
  }),
  {
    severity: 'error',
    source: CONVERTER,
    message: say(
      'The converter of llama.cpp stops at tensors that are no lora_A, lora_B, or norm: {0}. Remove them, or merge the adapter.',
    ),
    when: tensorsWhere((name) => !isFactor(name) && !isNorm(name) && !isSavedBase(name)),
  },
  {
    severity: 'error',
    source: CONVERTER,
    message: say('The file has only one factor of {0}: the converter of llama.cpp stops.'),
    when: ({ faults = [] }) =>
      listing(faults.filter(({ kind }) => kind === 'a' || kind === 'b').map(({ module }) => module)),
  },
];

const serverRules: readonly LoadRule[] = [
  {
    severity: 'error',
    source: SERVER,
    message: say('A and B of {0} do not fit together: llama.cpp stops ("lora_a tensor is not transposed").'),
    when: ({ faults = [] }) =>
      listing(
        faults.filter(({ kind }) => kind === 'shape' || kind === 'stacked').map(({ module }) => module),
      ),
  },
  {
    severity: 'error',
    source: SERVER,
    message: say('The model has no weights for {0}: llama.cpp stops ("does not exist in base model").'),
    when: (input) =>
      listing(
        namesOf(
          input.adapter.modules.filter(
            (module) => nameMismatch(module, input) !== undefined && !isRenamed(module, input),
          ),
        ),
      ),
  },
  {
    severity: 'unsure',
    source: CONVERTER,
    message: say(
      'The file has LoRA tensors that are no pair of a linear layer ({0}): what the converter of llama.cpp makes of them was not tried.',
    ),
    when: ({ adapter }) =>
      listing(
        adapter.carried.map(({ tensor }) => tensor.name).filter((name) => /\.lora_[AB]\.weight$/.test(name)),
      ),
  },
  {
    severity: 'error',
    source: SERVER,
    message: say('Size mismatch: {0}. llama.cpp stops ("has incorrect shape").'),
    when: (input) => otherShapes(input),
  },
  {
    severity: 'error',
    source: SERVER,
    message: say('llama.cpp does not serve LoRA of embeddings: {0}.'),
    when: ({ adapter }) =>
      listing(namesOf(adapter.modules).filter((name) => EMBEDDING_NAMES.includes(lastOfName(name)))),
  },
  {
    severity: 'error',
    source: SERVER,
    message: say(
      'The head is tied to the embeddings, so the model has no tensor "output.weight": llama.cpp stops at {0}.',
    ),
    when: ({ adapter, model }) =>
      model?.tiedEmbeddings === true &&
      listing(namesOf(adapter.modules).filter((name) => HEAD_NAMES.has(lastOfName(name)))),
  },
  {
    severity: 'silent',
    change: 'parts-dropped',
    source: SERVER,
    message: say('The server of llama.cpp drops norms without a message: {0}.'),
    when: tensorsWhere(isNorm),
  },
];

const unknownRules: readonly LoadRule[] = [
  {
    severity: 'unsure',
    source: CONVERTER,
    message: say(
      'The converter of llama.cpp changes factors together with the weights of the model (experts, fused layers, convolutions): what it makes of {0} was not tried.',
    ),
    when: ({ adapter }) =>
      listing(
        adapter.modules
          .filter(({ name, a }) => a.shape.length !== 2 || /(?:^|\.)experts(?:\.|$)/.test(name))
          .map(({ name }) => name),
      ),
  },
  ...['alora_invocation_tokens', 'layer_replication', 'use_bdlora', 'use_qalora', 'kasa_config'].map(
    (field): LoadRule => ({
      severity: 'unsure',
      field,
      source: CONVERTER,
      message: say('What llama.cpp does with "{0}" was not tried.', field),
      when: ({ adapter }) => isSet(adapter.config[field]),
    }),
  ),
  {
    severity: 'unsure',
    source: CONVERTER,
    message: say('What llama.cpp does with a head of its own was not tried: {0}.'),
    when: ({ adapter, model }) =>
      model?.tiedEmbeddings !== true &&
      listing(namesOf(adapter.modules).filter((name) => HEAD_NAMES.has(lastOfName(name)))),
  },
  {
    severity: 'note',
    source: SERVER,
    message: say(
      'Without a model, names are not compared. Choose the model that the adapter is served with.',
    ),
    when: ({ model }) => model === undefined,
  },
];

/** One alpha for all modules, divided by the rank of each; an alpha of 0 is read as none, which means scale 1. */
function servedScale({ adapter: { config } }: LoaderInput, rank: number): number {
  const alpha = config['lora_alpha'];
  return typeof alpha === 'number' && alpha !== 0 ? alpha / rank : 1;
}

/** Whether the class of transformers has the module, under a name that the file of the model does not have. */
function isRenamed(module: AdapterModule, input: LoaderInput): boolean {
  if (input.model === undefined) return false;
  return nameMismatch(module, { ...input, ...namedFor('transformers', input.model) }) === undefined;
}

const modules: readonly ModuleRule[] = [
  {
    kind: 'unsure',
    source: CONVERTER,
    reason:
      () =>
      ({ a, name }) =>
        a.name.startsWith(`base_model.model.${name}.`)
          ? undefined
          : say('What the converter of llama.cpp does with names without "base_model.model." was not tried.'),
  },
  {
    kind: 'unsure',
    source: CONVERTER,
    reason: (input) => (module) =>
      nameMismatch(module, input) !== undefined && isRenamed(module, input)
        ? say(
            "Its name is that of the model's class, and the file of the model has another: what the converter of llama.cpp makes of it was not tried.",
          )
        : undefined,
  },
  { ...NAME_MISMATCH, source: SERVER },
  {
    kind: 'altered',
    source: 'llama.cpp/src/llama-adapter.h: llama_adapter_lora_weight::get_scale',
    reason: (input) => (module) => {
      const scale = servedScale(input, module.rank);
      if (isSameScale(scale, module.scale)) return undefined;
      const { alpha_pattern: pattern, use_rslora: rslora } = input.adapter.config;
      const reason =
        rslora === true
          ? say(
              'llama.cpp divides alpha by the rank also with rsLoRA: {0} instead of {1}.',
              scale,
              module.scale,
            )
          : isMissing(pattern) || module.scale === 0
            ? say('llama.cpp takes an alpha of 0 for none: its scale is {0}, not {1}.', scale, module.scale)
            : say('llama.cpp has one alpha for all modules: its scale is {0}, not {1}.', scale, module.scale);
      return { reason, scale };
    },
  },
];

/** The converter reads alpha and the name of the base; what the rest means for the scale is compared all the same. */
const UNREAD: ReadonlySet<string> = new Set(
  [...PEFT_FIELDS].filter((field) => field !== 'use_rslora' && field !== 'alpha_pattern'),
);

/**
 * `convert_lora_to_gguf.py`, then `llama-server --lora`; both were run: the server of b10434, the converter of b11434.
 * What was not tried is `unknown`.
 */
export const LLAMA_CPP: LoaderRules = {
  load: [
    ...refusals('llama.cpp', 'PEFT', 'MLX', CONVERTER),
    ...converterRules,
    oddFields('llama.cpp', UNREAD),
    ...serverRules,
    ...unknownRules,
  ],
  modules,
};
