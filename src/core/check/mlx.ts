import { quotedList } from '../adapter/names';
import { tensorsOf } from '../adapter/keys';
import { lastOfName } from '../lastPart';
import { say, type Message } from '../message';
import {
  isMissing,
  isSameScale,
  isWrittenWhole,
  listing,
  namesOf,
  oddFields,
  otherFileName,
  prefixed,
  refusals,
} from './facts';
import { adapterParameter, createsLayer, parametersOf, unsupportedKeys } from './mlxLayers';
import { nameMismatch, NAME_MISMATCH, otherShapes } from './model';
import type { LoaderInput, LoaderRules, LoadRule, ModuleRule, RuleValues, Version } from './types';
import { versionText } from './versions';

/**
 * Since then every tensor must be a parameter of the adapted model and have its shape
 * (https://github.com/ml-explore/mlx-lm/pull/1727); tensors may be missing in all versions.
 */
const STRICT_SINCE: Version = [0, 32];
const STRICT_SOURCE = 'https://github.com/ml-explore/mlx-lm/pull/1727';
/** When keys came to mean all linear layers by default (https://github.com/ml-explore/mlx-lm/pull/515). */
const ALL_KEYS_SINCE: Version = [0, 29];

const LOAD = 'mlx_lm/tuner/utils.py: load_adapters';
const TO_LORA = 'mlx_lm/tuner/utils.py: linear_to_lora_layers';

const isDora = ({ adapter: { config } }: LoaderInput): boolean => config['fine_tune_type'] === 'dora';
const isFull = ({ adapter: { config } }: LoaderInput): boolean => config['fine_tune_type'] === 'full';

const isNumber = (value: unknown): boolean => typeof value === 'number';
const isRank = (value: unknown): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= 1;

/** Values of lora_parameters that a layer is made with. */
const parameters: readonly (readonly [string, (value: unknown) => boolean, Message])[] = [
  ['rank', isRank, say('mlx-lm stops: "lora_parameters.rank" must be a whole number above 0.')],
  ['scale', isNumber, say('mlx-lm stops: "lora_parameters.scale" is not a number.')],
  [
    'dropout',
    (value) => typeof value === 'number' && value >= 0 && value < 1,
    say('mlx-lm stops: "lora_parameters.dropout" must be a number from 0 to below 1.'),
  ],
];

const configRules: readonly LoadRule[] = [
  {
    severity: 'error',
    field: 'num_layers',
    source: LOAD,
    message: say(
      'The config has no field "num_layers", which mlx-lm requires. If keys contains full names, any number works.',
    ),
    when: (input) => !isFull(input) && !isNumber(input.adapter.config['num_layers']),
  },
  {
    severity: 'error',
    field: 'num_layers',
    source: TO_LORA,
    message: say('mlx-lm stops: "num_layers" is written as a fraction. Write a whole number.'),
    when: (input) =>
      !isFull(input) &&
      isNumber(input.adapter.config['num_layers']) &&
      !isWrittenWhole(input.adapter, 'num_layers'),
  },
  {
    severity: 'error',
    field: 'lora_parameters.keys',
    source: TO_LORA,
    message: say('mlx-lm stops: "lora_parameters.keys" is a text. Write a list of names.'),
    when: (input) => !isFull(input) && typeof parametersOf(input)['keys'] === 'string',
  },
  ...parameters.flatMap(([name, isGood, message]): LoadRule[] => [
    {
      severity: 'error',
      field: `lora_parameters.${name}`,
      source: TO_LORA,
      message: say('The config has no field "lora_parameters.{0}", which mlx-lm requires.', name),
      when: (input) => !isFull(input) && parametersOf(input)[name] === undefined,
    },
    {
      severity: 'error',
      field: `lora_parameters.${name}`,
      source: TO_LORA,
      message,
      when: (input) => {
        const value = parametersOf(input)[name];
        const isWhole = name !== 'rank' || isWrittenWhole(input.adapter, 'lora_parameters', name);
        return !isFull(input) && value !== undefined && !(isGood(value) && isWhole);
      },
    },
  ]),
  {
    severity: 'error',
    field: 'lora_parameters.keys',
    source: TO_LORA,
    message: say('mlx-lm cannot convert {0}, which lora_parameters.keys names, and stops.'),
    when: (input) => listing(unsupportedKeys(input)),
  },
  {
    severity: 'note',
    before: ALL_KEYS_SINCE,
    field: 'lora_parameters.keys',
    source: 'https://github.com/ml-explore/mlx-lm/pull/515',
    message: say(
      'Without lora_parameters.keys mlx-lm adapts all linear layers of the last num_layers blocks; older versions adapt only some, depending on the model type. Full names in keys work the same in all versions.',
    ),
    when: (input) => isMissing(parametersOf(input)['keys']),
  },
];

const tensorRules: readonly LoadRule[] = [
  ...strict({
    change: 'parts-dropped',
    refused: say('mlx-lm accepts only lora_a, lora_b, and m of layers that it adapts, and stops at {0}.'),
    ignored: say('mlx-lm before {0} ignores the tensors {1}.'),
    when: (input) => foreignTensors(input),
  }),
  ...strict({
    field: 'lora_parameters.rank',
    change: 'parts-dropped',
    refused: say(
      'mlx-lm uses one rank for all modules, but {0} have a different one: it stops with a shape mismatch. Write the adapter with "splora export --for mlx".',
    ),
    ignored: say('mlx-lm before {0} loads other ranks without a check: {1}.'),
    when: otherRanks,
  }),
  {
    severity: 'error',
    source: LOAD,
    message: say(
      'Size mismatch: {0}. mlx-lm stops with an error (before 0.32, during inference). Choose the model that the adapter was trained on.',
    ),
    when: (input) => otherShapes(input),
  },
  {
    severity: 'error',
    source: LOAD,
    message: say('A and B of {0} do not fit together: mlx-lm stops.'),
    when: ({ faults = [] }) =>
      listing(
        faults.filter(({ kind }) => kind === 'shape' || kind === 'stacked').map(({ module }) => module),
      ),
  },
  {
    severity: 'silent',
    change: 'random',
    source: 'mlx_lm/tuner/lora.py: LoRALinear.__init__',
    message: say('The file has no lora_a of {0}: mlx-lm fills it at random, so the update is another one.'),
    when: ({ faults = [] }) => listing(faults.filter(({ kind }) => kind === 'b').map(({ module }) => module)),
  },
  {
    severity: 'note',
    source: 'mlx_lm/tuner/lora.py: LoRALinear.__init__',
    message: say('The file has no lora_b of {0}: mlx-lm keeps it at zero, so they have no effect.'),
    when: ({ faults = [] }) => listing(faults.filter(({ kind }) => kind === 'a').map(({ module }) => module)),
  },
  {
    severity: 'silent',
    change: 'dora-of-lora',
    field: 'fine_tune_type',
    source: 'mlx_lm/tuner/dora.py: DoRALinear',
    message: say(
      'fine_tune_type is "dora", but the file has no magnitudes of {0}: mlx-lm runs them as DoRA with the norms of the base, which is another effect.',
    ),
    when: (input) =>
      isDora(input) &&
      listing(
        namesOf(input.adapter.modules.filter((module) => tensorsOf(module, 'mlxMagnitude').length === 0)),
      ),
  },
];

/** A rule about what is refused since `STRICT_SINCE`, and was passed over before. */
function strict({
  refused,
  ignored,
  when,
  field,
  change,
}: {
  readonly refused: Message;
  readonly ignored: Message;
  readonly when: LoadRule['when'];
  readonly field?: string;
  readonly change: NonNullable<LoadRule['change']>;
}): readonly LoadRule[] {
  const shared = { source: STRICT_SOURCE, ...(field === undefined ? {} : { field }) };
  return [
    { ...shared, severity: 'error', since: STRICT_SINCE, quiet: true, message: refused, when },
    {
      ...shared,
      severity: 'silent',
      change,
      before: STRICT_SINCE,
      message: ignored,
      when: (input) => prefixed(when(input), versionText(STRICT_SINCE)),
    },
  ];
}

/** Tensors that are no parameter of an adapted layer: other kinds, layers that are not made, layers that do not exist. */
function foreignTensors(input: LoaderInput): RuleValues {
  const creates = createsLayer(input);
  const byName = new Map(input.adapter.modules.map((module) => [module.name, module]));
  const foreign = [...input.adapter.header.tensors.keys()].filter((tensor) => {
    const module = adapterParameter(tensor);
    if (module === undefined || isFull(input)) return true;
    if (lastOfName(tensor) === 'm' && !isDora(input)) return true;
    if (creates(module) === false) return true;
    const known = byName.get(module);
    return known === undefined
      ? input.model !== undefined && !input.model.tensors.has(`${module}.weight`)
      : nameMismatch(known, input) !== undefined;
  });
  return listing(foreign);
}

function otherRanks(input: LoaderInput): RuleValues {
  const { rank } = parametersOf(input);
  if (!isRank(rank)) return undefined;
  const others = input.adapter.modules.filter((module) => module.rank !== rank);
  return others.length > 0 && [quotedList(namesOf(others))];
}

const modules: readonly ModuleRule[] = [
  {
    kind: 'silent',
    source: TO_LORA,
    reason: (input) => {
      const creates = createsLayer(input);
      return ({ name }) =>
        isFull(input) || creates(name) === false
          ? say(
              'lora_parameters.keys and num_layers create no layer for it: mlx-lm before 0.32 ignores its tensors, later versions stop.',
            )
          : undefined;
    },
  },
  { ...NAME_MISMATCH, source: LOAD },
  {
    kind: 'altered',
    source: TO_LORA,
    reason: (input) => {
      const { scale } = parametersOf(input);
      return (module) =>
        typeof scale !== 'number' || isSameScale(scale, module.scale)
          ? undefined
          : {
              reason: say(
                'mlx-lm takes lora_parameters.scale: its scale is {0}, that of the module {1}.',
                scale,
                module.scale,
              ),
              scale,
            };
    },
  },
  {
    kind: 'unsure',
    source: TO_LORA,
    reason: (input) => {
      const creates = createsLayer(input);
      return ({ name }) =>
        creates(name) === undefined && input.model !== undefined
          ? say('lora_parameters.keys and num_layers cannot be evaluated here.')
          : undefined;
    },
  },
];

const OWN_RULES: ReadonlySet<string> = new Set([
  ...parameters.map(([name]) => `lora_parameters.${name}`),
  'num_layers',
  'lora_parameters.keys',
  // Not read.
  'model',
]);

/** `mlx_lm.load` with `adapter_path`; read in the source of 0.32.2, and run. */
export const MLX: LoaderRules = {
  load: [
    ...refusals('mlx-lm', 'MLX', 'PEFT', LOAD),
    otherFileName('mlx-lm', 'adapters.safetensors', LOAD),
    ...configRules,
    oddFields('mlx-lm', OWN_RULES),
    ...tensorRules,
  ],
  modules,
};
