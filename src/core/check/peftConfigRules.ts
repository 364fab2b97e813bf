import { isSet } from '../adapter/limits';
import { namesIn } from '../adapter/peftNames';
import { quotedList } from '../adapter/names';
import { PEFT_FIELDS } from '../adapter/peftConfig';
import { say } from '../message';
import { displayName } from '../safetensors/displayName';
import { isMissing, isTruthy, isWrittenWhole, mistyped, oddFields, refusals } from './facts';
import { defaultTargets } from './peftDefaults';
import { LAYERS_PATTERNS_MAX } from './peftTargets';
import type { CheckInput, LoadRule, Severity } from './types';
import { LOADER_VERSIONS, versionText } from './versions';

const NEWEST = versionText(LOADER_VERSIONS.peft.newest);

/** Minor version in which a field of LoraConfig appeared; `silent`: without it the update is another one. */
const FIELD_SINCE: readonly (readonly [string, number, Severity])[] = [
  ['use_qalora', 16, 'silent'],
  ['target_parameters', 17, 'silent'],
  ['alora_invocation_tokens', 18, 'silent'],
  ['arrow_config', 18, 'silent'],
  ['ensure_weight_tying', 18, 'note'],
  ['use_bdlora', 19, 'silent'],
  ['lora_ga_config', 19, 'note'],
  ['monteclora_config', 20, 'silent'],
  ['velora_config', 20, 'note'],
  ['kasa_config', 21, 'silent'],
];

/** `peft.TaskType`. */
const TASK_TYPES: ReadonlySet<string> = new Set(
  'SEQ_CLS SEQ_2_SEQ_LM CAUSAL_LM TOKEN_CLS QUESTION_ANS FEATURE_EXTRACTION'.split(' '),
);

/** Types of `peft.PeftType`; any other type is a KeyError. Only LORA gets this far. */
const isKnownType = (value: unknown): boolean => value === 'LORA';

const CONFIG_SOURCE = 'peft/config.py: PeftConfigMixin.from_pretrained';
const POST_INIT = 'peft/tuners/lora/config.py: LoraConfig.__post_init__';
const UPDATE_LAYER = 'peft/tuners/lora/layer.py: LoraLayer.update_layer';

const isNumber = (value: unknown): boolean => typeof value === 'number';
const isRank = (value: unknown): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= 1;

/** PEFT's marker for an adapter without any module, and targets that are no modules. */
export const hasOtherTargets = (config: Readonly<Record<string, unknown>>): boolean =>
  config['target_modules'] === 'dummy-target-modules' || !isMissing(config['target_parameters']);

const lacksTargets = ({ adapter: { config } }: CheckInput): boolean =>
  isMissing(config['target_modules']) && isMissing(config['target_parameters']);

const values: readonly LoadRule[] = [
  mistyped('r', isRank, {
    message: say('PEFT stops: "r" must be a whole number above 0.'),
    source: UPDATE_LAYER,
  }),
  {
    severity: 'error',
    field: 'r',
    source: UPDATE_LAYER,
    message: say('PEFT stops: "r" is written as a fraction ({0}). Write a whole number.', '4.0'),
    when: ({ adapter }) => isRank(adapter.config['r']) && !isWrittenWhole(adapter, 'r'),
  },
  mistyped('lora_alpha', isNumber, {
    message: say('PEFT stops: "lora_alpha" is not a number.'),
    source: UPDATE_LAYER,
  }),
  mistyped('lora_dropout', (value) => typeof value === 'number' && value <= 1, {
    message: say('PEFT stops: "lora_dropout" is not a number up to 1.'),
    source: UPDATE_LAYER,
  }),
  mistyped('bias', (value) => value === 'none' || value === 'all' || value === 'lora_only', {
    message: say('PEFT stops: "bias" must be "none", "all", or "lora_only".'),
    source: 'peft/tuners/tuners_utils.py: BaseTuner._mark_only_adapters_as_trainable',
  }),
  mistyped('task_type', (task) => isMissing(task) || TASK_TYPES.has(String(task)), {
    message: say('PEFT stops: it does not know the task_type. Set "CAUSAL_LM", or null.'),
    source: POST_INIT,
  }),
];

/** Values of init_lora_weights; PiSSA and CorDA have variants. */
const INITS = /^(?:gaussian|eva|olora|orthogonal|mica|loftq|lora_ga|pissa.*|corda.*)$/i;
/** After which the base is another one: the file is right for the model that it was trained on, unless it was converted. */
const CHANGES_BASE = /^(?:pissa|olora|corda|loftq)/i;

const inits: readonly LoadRule[] = [
  {
    severity: 'error',
    field: 'init_lora_weights',
    source: 'peft/tuners/lora/layer.py: LoraLayer.reset_lora_parameters',
    message: say('PEFT does not know the init_lora_weights {0} and stops. Set it to true.'),
    when: ({ adapter: { config } }) => {
      const init = config['init_lora_weights'];
      return typeof init === 'string' && init !== '' && !INITS.test(init) && [displayName(init)];
    },
  },
  {
    severity: 'note',
    field: 'init_lora_weights',
    source: 'peft/tuners/lora/layer.py: LoraLayer.update_layer',
    message: say(
      'init_lora_weights is {0}: PEFT changes the weights of the base when it loads the adapter, as it did in training. For an adapter that was converted to a plain one, set it to true.',
    ),
    when: ({ adapter: { config } }) => {
      const init = config['init_lora_weights'];
      return typeof init === 'string' && CHANGES_BASE.test(init) && [displayName(init)];
    },
  },
];

const needs: readonly LoadRule[] = [
  {
    severity: 'unsure',
    field: 'megatron_config',
    source: 'peft/tuners/lora/model.py: LoraModel._create_new_module',
    message: say('megatron_config is set: PEFT needs the package megatron, and stops without it.'),
    when: ({ adapter: { config } }) => isTruthy(config['megatron_config']),
  },
  {
    severity: 'unsure',
    field: 'layer_replication',
    source: 'peft/tuners/lora/model.py: LoraModel._prepare_model',
    message: say(
      'layer_replication is set: PEFT repeats layers of the model, and their names are not compared here.',
    ),
    when: ({ adapter: { config } }) => isTruthy(config['layer_replication']),
  },
];

const combinations: readonly LoadRule[] = [
  ...['layers_to_transform', 'layers_pattern'].map((field): LoadRule => ({
    severity: 'error',
    field,
    source: POST_INIT,
    message: say('PEFT does not accept {0} if target_modules is a string: set it to null.', field),
    when: ({ adapter: { config } }) =>
      typeof config['target_modules'] === 'string' && !isMissing(config[field]),
  })),
  {
    severity: 'error',
    field: 'layers_pattern',
    source: POST_INIT,
    message: say('PEFT does not accept layers_pattern without layers_to_transform: set it to null.'),
    when: ({ adapter: { config } }) =>
      typeof config['target_modules'] !== 'string' &&
      isTruthy(config['layers_pattern']) &&
      isMissing(config['layers_to_transform']),
  },
  {
    severity: 'error',
    field: 'lora_bias',
    source: POST_INIT,
    message: say('PEFT does not accept lora_bias with DoRA, or if init_lora_weights is a string.'),
    when: ({ adapter: { config } }) =>
      isTruthy(config['lora_bias']) &&
      (isTruthy(config['use_dora']) || typeof config['init_lora_weights'] === 'string'),
  },
  {
    severity: 'error',
    field: 'megatron_config',
    source: POST_INIT,
    message: say('PEFT does not accept DoRA with megatron_config.'),
    when: ({ adapter: { config } }) => isTruthy(config['use_dora']) && isTruthy(config['megatron_config']),
  },
  {
    severity: 'error',
    field: 'loftq_config',
    source: POST_INIT,
    message: say('PEFT does not accept init_lora_weights "loftq" without loftq_config.'),
    when: ({ adapter: { config } }) =>
      config['init_lora_weights'] === 'loftq' && !isTruthy(config['loftq_config']),
  },
];

const targets: readonly LoadRule[] = [
  {
    severity: 'note',
    field: 'target_modules',
    source: 'peft/tuners/lora/model.py: LoraModel._prepare_adapter_config',
    message: say(
      'The config has no target_modules: PEFT uses its defaults for the model type {0}, which are {1}.',
    ),
    when: (input) => {
      const { modelType } = input.model ?? {};
      const defaults = modelType === undefined ? undefined : defaultTargets(modelType);
      return (
        lacksTargets(input) &&
        defaults !== undefined && [displayName(modelType ?? ''), quotedList(namesIn(defaults))]
      );
    },
  },
  {
    severity: 'error',
    field: 'target_modules',
    source: 'peft/tuners/lora/model.py: LoraModel._prepare_adapter_config',
    message: say(
      'The config has no target_modules, and PEFT has no defaults for the model type {0}: it stops. Add the names of the modules.',
    ),
    when: (input) => {
      const { modelType } = input.model ?? {};
      return (
        lacksTargets(input) &&
        modelType !== undefined &&
        defaultTargets(modelType) === undefined && [displayName(modelType)]
      );
    },
  },
  {
    severity: 'unsure',
    field: 'target_modules',
    source: 'peft/tuners/lora/model.py: LoraModel._prepare_adapter_config',
    message: say(
      'The config has no target_modules: PEFT uses its defaults for the model type, or stops if it has none. Choose the model.',
    ),
    when: (input) => lacksTargets(input) && input.model?.modelType === undefined,
  },
  {
    severity: 'error',
    field: 'target_modules',
    source: 'peft/tuners/tuners_utils.py: BaseTuner.inject_adapter',
    message: say('target_modules is an empty list: PEFT finds no modules to adapt and stops.'),
    when: ({ adapter: { config } }) =>
      !hasOtherTargets(config) &&
      Array.isArray(config['target_modules']) &&
      config['target_modules'].length === 0,
  },
  {
    severity: 'note',
    field: 'layers_pattern',
    source: 'peft/tuners/tuners_utils.py: check_target_module_exists',
    message: say('layers_pattern has {0} different names; more than {1} are not evaluated here.'),
    when: ({ adapter }) => {
      const patterns = new Set(namesIn(adapter.config['layers_pattern'])).size;
      return patterns > LAYERS_PATTERNS_MAX && [patterns, LAYERS_PATTERNS_MAX];
    },
  },
];

const fields: readonly LoadRule[] = [
  {
    severity: 'note',
    source: 'peft/config.py: PeftConfigMixin.from_peft_type',
    message: say('PEFT up to {0} does not know these fields and drops them with a warning: {1}.'),
    when: ({ adapter }) => {
      const unknown = Object.keys(adapter.config).filter((field) => !PEFT_FIELDS.has(field));
      return unknown.length > 0 && [NEWEST, quotedList(unknown)];
    },
  },
  ...FIELD_SINCE.map(([field, since, severity]): LoadRule => ({
    severity,
    field,
    before: [0, since],
    source: `peft/tuners/lora/config.py: LoraConfig, since 0.${since}`,
    message: say('PEFT before {0} drops {1} with a warning.', `0.${since}`, displayName(field)),
    when: ({ adapter }) => isSet(adapter.config[field]),
    ...(severity === 'silent' ? { change: 'settings-dropped' } : {}),
  })),
];

/** Fields that are no surprise for `oddFields`; a rank of 0 counts only if its pattern matches. */
const OWN_RULES: ReadonlySet<string> = new Set(
  'r lora_alpha lora_dropout bias task_type peft_type init_lora_weights rank_pattern'.split(' '),
);

/** What PEFT makes of a config, with any loader of the tensors. */
export const PEFT_CONFIG_RULES: readonly LoadRule[] = [
  ...refusals('PEFT', 'PEFT', 'MLX', CONFIG_SOURCE),
  {
    severity: 'error',
    field: 'peft_type',
    source: CONFIG_SOURCE,
    message: say('The config has no "peft_type": PEFT cannot load it. Add "peft_type": "LORA".'),
    when: ({ adapter }) => isMissing(adapter.config['peft_type']),
  },
  {
    severity: 'error',
    field: 'peft_type',
    source: 'peft/config.py: PeftConfigMixin.from_peft_type',
    message: say('PEFT does not know the peft_type {0} and stops with a KeyError: it must be "LORA".'),
    when: ({ adapter: { config } }) =>
      !isMissing(config['peft_type']) &&
      !isKnownType(config['peft_type']) && [displayName(String(config['peft_type']))],
  },
  ...values,
  ...inits,
  ...combinations,
  ...needs,
  ...targets,
  ...fields,
  oddFields('PEFT', OWN_RULES),
];
