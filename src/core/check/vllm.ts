import { quotedList } from '../adapter/names';
import { isRecord } from '../record';
import { say } from '../message';
import { displayName } from '../safetensors/displayName';
import { isSet } from '../adapter/limits';
import { listing, namesOf, otherFileName, refusals } from './facts';
import { NAME_MISMATCH, otherShapes } from './model';
import type { CheckInput, LoaderRules, LoadRule, ModuleRule, RuleValues } from './types';
import { expectedModules } from './vllmModules';

/** Default of --max-lora-rank, and the values that it takes (`config/lora.py: MaxLoRARanks`). */
const DEFAULT_MAX_RANK = 16;
const MAX_RANKS = [16, 32, 64, 128, 256, 320, 512];
const LARGEST_RANK = 512;

/** When PEFTHelper began to honor patterns and saved heads (#53555) and to refuse what it cannot compute. */
const NEWEST_SINCE = 'September 2026';

/** `parse_fine_tuned_lora_name` takes the text between this prefix (or none) and `.lora_A` as the layer's name. */
const KEY_PREFIX = 'base_model.model.';
/** Values of init_lora_weights after which a saved adapter is a plain LoRA (`_init_is_supported`). */
const PLAIN_INITS: ReadonlySet<string> = new Set(['gaussian', 'eva', 'orthogonal', 'mica', 'lora_ga']);
const SAVED_HEAD = /(?:^|\.)(?:classifier|score)\.(?:weight|bias)$/;
const LORA_KEY = /\.(?:lora_[AB]\.weight|lora_embedding_[AB])$/;
/** `is_base_embedding_weights`: skipped; base weights of any other name are refused. */
const SAVED_EMBEDDING = /\.(?:embed_tokens|lm_head)\.base_layer\.weight$/;

const load: readonly LoadRule[] = [
  // lora/peft_helper.py: PEFTHelper.from_local_dir
  ...refusals('vLLM', 'PEFT', 'MLX'),
  // lora/peft_helper.py: PEFTHelper.from_dict
  ...['r', 'lora_alpha', 'target_modules'].map((field): LoadRule => ({
    severity: 'error',
    field,
    message: say('The config has no field "{0}", which vLLM requires.', field),
    // Of target_modules only the key counts: modules are those of the tensors.
    when: ({ adapter: { config } }) =>
      config[field] === undefined || (config[field] === null && field !== 'target_modules'),
  })),
  // lora/peft_helper.py: PEFTHelper._validate_features
  {
    severity: 'error',
    field: 'use_dora',
    message: say('vLLM does not support DoRA (use_dora).'),
    when: ({ adapter }) => adapter.config['use_dora'] === true,
  },
  {
    severity: 'error',
    field: 'bias',
    message: say('vLLM does not support trained biases (bias: {0}).'),
    when: ({ adapter: { config } }) =>
      isSet(config['bias']) && config['bias'] !== 'none' && [displayName(String(config['bias']))],
  },
  {
    severity: 'error',
    field: 'modules_to_save',
    message: say('vLLM does not support modules_to_save.'),
    when: ({ adapter }) => savedModules(adapter.config).some((name) => !isHead(name)),
  },
  {
    severity: 'note',
    field: 'modules_to_save',
    versions: say('before {0}', NEWEST_SINCE),
    message: say(
      'vLLM before {0} does not support modules_to_save; later versions accept "classifier" and "score".',
      NEWEST_SINCE,
    ),
    when: ({ adapter: { config } }) => isSet(config['modules_to_save']) && savedModules(config).every(isHead),
  },
  ...['lora_bias', 'alora_invocation_tokens', 'layer_replication', 'use_bdlora', 'use_qalora'].map(
    (field): LoadRule => unsupported(field, isSet),
  ),
  unsupported(
    'init_lora_weights',
    (init) => typeof init === 'string' && !PLAIN_INITS.has(init.toLowerCase()),
  ),
  // lora/lora_model.py: LoRAModel.from_local_checkpoint
  otherFileName('vLLM', 'adapter_model.safetensors'),
  // lora/lora_model.py: LoRAModel.from_lora_tensors
  {
    severity: 'error',
    message: say('vLLM does not accept tensors other than lora_A, lora_B, and embedding pairs: {0}.'),
    when: ({ adapter }) =>
      listing(
        [...adapter.header.tensors.keys()].filter(
          (key) => !LORA_KEY.test(key) && !SAVED_EMBEDDING.test(key) && !SAVED_HEAD.test(key),
        ),
      ),
  },
  // lora/utils.py: is_base_embedding_weights
  {
    severity: 'note',
    message: say('Older vLLM does not accept the saved base weights ({0}); newer versions skip them.'),
    when: ({ adapter }) =>
      listing([...adapter.header.tensors.keys()].filter((key) => SAVED_EMBEDDING.test(key))),
  },
  // lora/peft_helper.py: PEFTHelper.validate_legal
  {
    severity: 'note',
    field: 'r',
    message: say(
      "The largest rank is {0}, but vLLM's default limit is {1}: start vLLM with --max-lora-rank {2}.",
    ),
    when: (input) => {
      const rank = largestRank(input);
      const flag = MAX_RANKS.find((value) => value >= rank);
      return rank > DEFAULT_MAX_RANK && flag !== undefined && [rank, DEFAULT_MAX_RANK, flag];
    },
  },
  {
    severity: 'error',
    field: 'r',
    message: say('The largest rank is {0}; vLLM supports at most {1}.'),
    when: (input) => largestRank(input) > LARGEST_RANK && [largestRank(input), LARGEST_RANK],
  },
  // https://github.com/vllm-project/vllm/pull/53555
  {
    severity: 'note',
    field: 'alpha_pattern',
    versions: say('before {0}', NEWEST_SINCE),
    message: say(
      'vLLM before {0} silently ignores rank_pattern and alpha_pattern: {1} get the scale {2} instead of their own. Write the adapter with the scale baked in for it.',
    ),
    when: otherScales,
  },
  // lora/lora_model.py: check_unexpected_modules
  {
    severity: 'error',
    message: say(
      'vLLM does not accept the adapter ("expected target modules …"): the model has no layer that matches the last part of {0}. Choose the model that the adapter was trained on.',
    ),
    when: (input) => listing(expectedModules(input).lacking),
  },
  {
    severity: 'note',
    message: say(
      'vLLM stops ("expected target modules …") if its model class has no linear layer of that name; the usual model classes have none for {0}.',
    ),
    when: (input) => listing(expectedModules(input).uncommon),
  },
  // lora/layers/base_linear.py: set_lora
  {
    severity: 'error',
    message: say(
      'Size mismatch: {0}. vLLM cannot load the adapter. Choose the model that the adapter was trained on.',
    ),
    when: otherShapes,
  },
  // lora/model_manager.py: LoRAModelManager.activate_adapter
  {
    severity: 'note',
    message: say(
      'Without a model, names are not compared. If the served class names its layers differently (vision-language models), vLLM silently answers with the plain base model. Choose the model that the adapter is served with.',
    ),
    when: ({ model }) => model === undefined,
  },
];

const modules: readonly ModuleRule[] = [
  // lora/utils.py: parse_fine_tuned_lora_name
  {
    kind: 'silent',
    reason:
      () =>
      ({ name, a }) => {
        const layer = a.name.startsWith(KEY_PREFIX) ? a.name.slice(KEY_PREFIX.length) : a.name;
        if (layer.startsWith(`${name}.`)) return undefined;
        return say(
          'vLLM uses the key {0} as the layer name, and no layer has that name.',
          displayName(a.name),
        );
      },
  },
  // lora/model_manager.py: LoRAModelManager.activate_adapter
  NAME_MISMATCH,
];

export const VLLM: LoaderRules = { load, modules };

/** Refused by the newest PEFTHelper only; versions before it load the adapter and compute another update. */
function unsupported(field: string, applies: (value: unknown) => boolean): LoadRule {
  return {
    severity: 'error',
    field,
    message: say(
      'vLLM does not support this value of "{0}"; versions before {1} load the adapter and compute a different update.',
      field,
      NEWEST_SINCE,
    ),
    when: ({ adapter }) => applies(adapter.config[field]),
  };
}

function savedModules({ modules_to_save: saved }: Readonly<Record<string, unknown>>): readonly unknown[] {
  if (!isSet(saved)) return [];
  return Array.isArray(saved) ? saved : [saved];
}

const isHead = (name: unknown): boolean => name === 'classifier' || name === 'score';

/** Of the config (`r` and all of rank_pattern, even entries that match nothing) and of the tensors. */
function largestRank({ adapter: { modules, config } }: CheckInput): number {
  const pattern = config['rank_pattern'];
  const declared = [config['r'], ...(isRecord(pattern) ? Object.values(pattern) : [])];
  let largest = 0;
  for (const rank of declared) if (typeof rank === 'number') largest = Math.max(largest, rank);
  for (const { rank } of modules) largest = Math.max(largest, rank);
  return largest;
}

/** Modules whose scale is not the one that the config's `r` and `lora_alpha` give. */
function otherScales({ adapter: { modules, config } }: CheckInput): RuleValues {
  const { r, lora_alpha: alpha, use_rslora: rslora } = config;
  if (typeof r !== 'number' || typeof alpha !== 'number') return undefined;
  const scale = alpha / (rslora === true ? Math.sqrt(r) : r);
  const others = modules.filter((module) => Math.abs(module.scale - scale) > 1e-9 * Math.abs(scale));
  return others.length > 0 && [NEWEST_SINCE, quotedList(namesOf(others)), scale];
}
