import { tensorsOf, type KeyPart } from '../adapter/keys';
import { compilePatterns, namesIn, PATTERN_STEPS_MAX, valueFor } from '../adapter/peftNames';
import { quotedList } from '../adapter/names';
import { PEFT_FIELDS, readPeftConfig } from '../adapter/peftConfig';
import type { AdapterModule } from '../adapter/types';
import { say, verbatim, type Message } from '../message';
import { displayName } from '../safetensors/displayName';
import type { TensorInfo } from '../safetensors/types';
import { isSet } from '../adapter/limits';
import { isEmbedding, isMissing, isTruthy, listing, namesOf, otherFileName, refusals } from './facts';
import { BACKBONE_PREFIXES, NAME_MISMATCH, otherShapes } from './model';
import { LAYERS_PATTERNS_MAX, peftTargets, type TargetTest } from './peftTargets';
import type { CheckInput, LoaderRules, LoadRule, ModuleRule, RuleValues } from './types';

/** First and last minor version of PEFT 0.x that the rules are for; read in the source of 0.21.2. */
const PEFT_OLDEST = 15;
const PEFT_NEWEST = 21;

/** Minor version in which a field of LoraConfig appeared. */
const FIELD_SINCE: readonly (readonly [string, number])[] = [
  ['use_qalora', 16],
  ['target_parameters', 17],
  ['alora_invocation_tokens', 18],
  ['arrow_config', 18],
  ['ensure_weight_tying', 18],
  ['use_bdlora', 19],
  ['lora_ga_config', 19],
  ['monteclora_config', 20],
  ['velora_config', 20],
  ['kasa_config', 21],
];

/** `peft.TaskType`. */
const TASK_TYPES: ReadonlySet<string> = new Set(
  'SEQ_CLS SEQ_2_SEQ_LM CAUSAL_LM TOKEN_CLS QUESTION_ANS FEATURE_EXTRACTION'.split(' '),
);

const load: readonly LoadRule[] = [
  // config.py: PeftConfigMixin.from_pretrained
  ...refusals('PEFT', 'PEFT', 'MLX'),
  // utils/save_and_load.py: load_peft_weights
  otherFileName('PEFT', 'adapter_model.safetensors'),
  // config.py: PeftConfigMixin._get_peft_type
  {
    severity: 'error',
    field: 'peft_type',
    message: say('The config has no "peft_type": PEFT cannot load it. Add "peft_type": "LORA".'),
    when: ({ adapter }) => typeof adapter.config['peft_type'] !== 'string',
  },
  // tuners/lora/model.py: LoraModel._prepare_adapter_config
  {
    severity: 'note',
    field: 'target_modules',
    message: say(
      'The config has no target_modules: PEFT uses its defaults for the model type, or fails if it has none.',
    ),
    when: ({ adapter }) => isMissing(adapter.config['target_modules']),
  },
  // config.py: PeftConfigMixin.from_peft_type
  {
    severity: 'note',
    message: say('PEFT up to {0} does not know these fields and drops them with a warning: {1}.'),
    when: ({ adapter }) => {
      const unknown = Object.keys(adapter.config).filter((field) => !PEFT_FIELDS.has(field));
      return unknown.length > 0 && [`0.${PEFT_NEWEST}`, quotedList(unknown)];
    },
  },
  ...FIELD_SINCE.map(([field, since]): LoadRule => ({
    severity: 'note',
    field,
    versions:
      since - 1 === PEFT_OLDEST
        ? verbatim(`0.${PEFT_OLDEST}`)
        : say('{0} to {1}', `0.${PEFT_OLDEST}`, `0.${since - 1}`),
    message: say('PEFT before {0} drops {1} with a warning.', `0.${since}`, displayName(field)),
    when: ({ adapter }) => isSet(adapter.config[field]),
  })),
  // tuners/lora/config.py: LoraConfig.__post_init__
  {
    severity: 'error',
    field: 'task_type',
    message: say('Unknown task_type {0}: set "CAUSAL_LM", or null.'),
    when: ({ adapter }) => {
      const task = adapter.config['task_type'];
      return typeof task === 'string' && !TASK_TYPES.has(task) && [displayName(task)];
    },
  },
  ...['layers_to_transform', 'layers_pattern'].map((field): LoadRule => ({
    severity: 'error',
    field,
    message: say('PEFT does not accept {0} if target_modules is a string: set it to null.', field),
    when: ({ adapter: { config } }) =>
      typeof config['target_modules'] === 'string' && !isMissing(config[field]),
  })),
  {
    severity: 'error',
    field: 'layers_pattern',
    message: say('PEFT does not accept layers_pattern without layers_to_transform: set it to null.'),
    when: ({ adapter: { config } }) =>
      typeof config['target_modules'] !== 'string' &&
      isTruthy(config['layers_pattern']) &&
      isMissing(config['layers_to_transform']),
  },
  {
    severity: 'error',
    field: 'lora_bias',
    message: say('PEFT does not accept lora_bias with DoRA, or if init_lora_weights is a string.'),
    when: ({ adapter: { config } }) =>
      isTruthy(config['lora_bias']) &&
      (isTruthy(config['use_dora']) || typeof config['init_lora_weights'] === 'string'),
  },
  {
    severity: 'error',
    field: 'megatron_config',
    message: say('PEFT does not accept DoRA with megatron_config.'),
    when: ({ adapter: { config } }) => isTruthy(config['use_dora']) && isTruthy(config['megatron_config']),
  },
  {
    severity: 'error',
    field: 'loftq_config',
    message: say('PEFT does not accept init_lora_weights "loftq" without loftq_config.'),
    when: ({ adapter: { config } }) =>
      config['init_lora_weights'] === 'loftq' && !isTruthy(config['loftq_config']),
  },
  // tuners/lora/model.py: LoraModel._create_and_replace
  {
    severity: 'error',
    field: 'r',
    message: say('The rank in the config differs from the weights of {0}: PEFT stops with a size mismatch.'),
    when: otherRanks,
  },
  // tuners/tuners_utils.py: check_target_module_exists
  {
    severity: 'note',
    field: 'layers_pattern',
    message: say('layers_pattern has {0} different names; more than {1} are not evaluated here.'),
    when: ({ adapter }) => {
      const patterns = new Set(namesIn(adapter.config['layers_pattern'])).size;
      return patterns > LAYERS_PATTERNS_MAX && [patterns, LAYERS_PATTERNS_MAX];
    },
  },
  // utils/save_and_load.py: set_peft_model_state_dict
  ...companions('magnitude', 'use_dora', {
    length: say(
      'The number of DoRA magnitudes of {0} does not match the rows of lora_B: PEFT stops with a size mismatch.',
    ),
    unread: say(
      'The file has DoRA magnitudes for {0}, but "use_dora" is not set: PEFT drops them. Set it to true.',
    ),
    missing: say(
      'The file has no DoRA magnitudes for {0}, but "use_dora" is set: PEFT warns and uses the norms of the base rows.',
    ),
  }),
  ...companions('bBias', 'lora_bias', {
    length: say(
      'The number of lora_B biases of {0} does not match the rows of lora_B: PEFT stops with a size mismatch.',
    ),
    unread: say(
      'The file has biases of lora_B for {0}, but "lora_bias" is not set: PEFT drops them. Set it to true.',
    ),
    missing: say(
      'The file has no biases of lora_B for {0}, but "lora_bias" is set: PEFT warns and uses zeros.',
    ),
  }),
  {
    severity: 'error',
    message: say(
      'Size mismatch: {0}. PEFT stops with an error. Choose the model that the adapter was trained on.',
    ),
    when: otherShapes,
  },
  // tuners/tuners_utils.py: BaseTuner.inject_adapter
  {
    severity: 'error',
    field: 'target_modules',
    message: say('target_modules is an empty list: PEFT finds no modules to adapt and stops.'),
    when: ({ adapter: { config } }) =>
      !hasOtherTargets(config) &&
      Array.isArray(config['target_modules']) &&
      config['target_modules'].length === 0,
  },
  {
    severity: 'error',
    field: 'target_modules',
    message: say(
      'The model has none of the target_modules: PEFT stops ("Target modules … not found in the base model").',
    ),
    when: noTargets,
  },
  // tuners/lora/layer.py: LoraLayer.update_layer
  {
    severity: 'silent',
    field: 'init_lora_weights',
    message: say(
      'The file has no tensors for {0} modules, and init_lora_weights is false, so PEFT gives them random updates: {1}. Set it to true.',
    ),
    when: (input) => input.adapter.config['init_lora_weights'] === false && emptyModules(input),
  },
  // tuners/tuners_utils.py: BaseTuner.inject_adapter
  {
    severity: 'note',
    field: 'target_modules',
    message: say(
      'PEFT also creates {0} modules that the file has no tensors for ({1}). They have no effect, but PEFT warns.',
    ),
    when: (input) => input.adapter.config['init_lora_weights'] !== false && emptyModules(input),
  },
];

/** @param answer of `peftTargets`: the modules that the rule is about */
const untargeted = (kind: ModuleRule['kind'], answer: false | undefined, reason: Message): ModuleRule => ({
  kind,
  reason: ({ adapter }) => {
    const targets = targetsOf(adapter.config);
    return ({ name }) => (targets(name) === answer ? reason : undefined);
  },
});

const modules: readonly ModuleRule[] = [
  // utils/save_and_load.py: set_peft_model_state_dict
  {
    kind: 'silent',
    reason: () => (module) => {
      const part = isEmbedding(module) ? 'lora_embedding_A' : 'lora_A.weight';
      const key = `base_model.model.${module.name}.${part}`;
      // Some versions of PEFT wrote `.weight` for embeddings, and none for linear layers.
      const alternative = isEmbedding(module) ? `${key}.weight` : key.slice(0, -'.weight'.length);
      if (module.a.name === key || module.a.name === alternative) return undefined;
      return say(
        'PEFT expects the key {0}, but the file has {1}.',
        displayName(key),
        displayName(module.a.name),
      );
    },
  },
  // tuners/tuners_utils.py: check_target_module_exists
  untargeted(
    'silent',
    false,
    say('target_modules does not match it, or exclude_modules does: PEFT creates no module for it.'),
  ),
  NAME_MISMATCH,
  untargeted(
    'unsure',
    undefined,
    say('target_modules or exclude_modules cannot be evaluated here; PEFT may attach it.'),
  ),
];

export const PEFT: LoaderRules = { load, modules };

const tests = new WeakMap<object, TargetTest>();

/** One test and one budget for all rules; each module is evaluated once. */
function targetsOf(config: Readonly<Record<string, unknown>>): TargetTest {
  const known = tests.get(config);
  if (known !== undefined) return known;
  const test = peftTargets(config);
  const answers = new Map<string, boolean | undefined>();
  const made: TargetTest = (module) => {
    if (!answers.has(module)) answers.set(module, test(module));
    return answers.get(module);
  };
  tests.set(config, made);
  return made;
}

function otherRanks({ adapter }: CheckInput): RuleValues {
  const { config, configText = '', configFile, modules } = adapter;
  const { r, rankPattern } = readPeftConfig(config, configText, configFile);
  const ranks = compilePatterns(rankPattern);
  const budget = { steps: PATTERN_STEPS_MAX };
  const others = modules.filter(({ name, rank }) => (valueFor(ranks, r, name, budget) ?? rank) !== rank);
  return listing(namesOf(others));
}

/** Modules whose magnitude or bias has the wrong length, is there without its field, or is missing. */
function companions(
  part: KeyPart,
  field: 'use_dora' | 'lora_bias',
  messages: Readonly<Record<'length' | 'unread' | 'missing', Message>>,
): readonly LoadRule[] {
  const tensorOf = (module: AdapterModule): TensorInfo | undefined => tensorsOf(module, part)[0];
  const faulty =
    (isOn: boolean, isFaulty: (tensor: TensorInfo | undefined, module: AdapterModule) => boolean) =>
    ({ adapter: { config, modules } }: CheckInput): RuleValues =>
      (config[field] === true) === isOn
        ? listing(namesOf(modules.filter((module) => isFaulty(tensorOf(module), module))))
        : undefined;
  return [
    {
      severity: 'error',
      message: messages.length,
      when: faulty(true, (tensor, module) => tensor !== undefined && isOtherLength(tensor, module)),
    },
    {
      severity: 'silent',
      field,
      message: messages.unread,
      when: faulty(false, (tensor) => tensor !== undefined),
    },
    {
      severity: 'silent',
      field,
      message: messages.missing,
      when: faulty(
        true,
        (tensor, module) => tensor === undefined && (part === 'magnitude' || !isEmbedding(module)),
      ),
    },
  ];
}

/** Only linear layers are compared: others have magnitudes of another shape. */
function isOtherLength({ shape }: TensorInfo, module: AdapterModule): boolean {
  if (isEmbedding(module) || module.a.shape.length !== 2) return false;
  return shape.length !== 1 || shape[0] !== module.shape[0];
}

/** PEFT's marker for an adapter without any module, and targets that are no modules. */
const hasOtherTargets = (config: Readonly<Record<string, unknown>>): boolean =>
  config['target_modules'] === 'dummy-target-modules' || !isMissing(config['target_parameters']);

function noTargets({ adapter: { config }, model }: CheckInput): RuleValues {
  const target = config['target_modules'];
  if (model === undefined || hasOtherTargets(config) || (Array.isArray(target) && target.length === 0))
    return undefined;
  const targets = targetsOf(config);
  const prefixes = ['', ...BACKBONE_PREFIXES];
  for (const tensor of model.tensors.keys()) {
    if (!tensor.endsWith('.weight')) continue;
    const name = tensor.slice(0, -'.weight'.length);
    if (prefixes.some((prefix) => targets(`${prefix}${name}`) !== false)) return undefined;
  }
  return true;
}

/** "all-linear" leaves out the head; embeddings are no linear layers. */
const isUntargeted = (name: string, { target_modules: target }: Readonly<Record<string, unknown>>): boolean =>
  typeof target === 'string' &&
  target.toLowerCase() === 'all-linear' &&
  /(?:^|\.)(?:lm_head|embed_tokens|embed_out|wte|wpe|score|classifier)$/.test(name);

function emptyModules({ adapter, model }: CheckInput): RuleValues {
  if (model === undefined) return undefined;
  const targets = targetsOf(adapter.config);
  const names = new Set(namesOf(adapter.modules));
  const empty = [...model.tensors]
    .filter(([name, { info }]) => name.endsWith('.weight') && info.shape.length === 2)
    .map(([name]) => name.slice(0, -'.weight'.length))
    .filter((name) => !names.has(name) && targets(name) === true && !isUntargeted(name, adapter.config));
  // Hub files may omit the backbone's prefix: then no name of the adapter is found, and nothing is known.
  const isSamePrefix = adapter.modules.some(({ name }) => model.tensors.has(`${name}.weight`));
  return isSamePrefix && empty.length > 0 && [empty.length, quotedList(empty)];
}
