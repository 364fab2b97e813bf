import { shownValue } from '../adapter/configText';
import { isSet } from '../adapter/limits';
import { PEFT_FIELDS } from '../adapter/peftConfig';
import { isRecord } from '../record';
import { say } from '../message';
import { isMissing, mistyped, oddFields, otherFileName, refusals } from './facts';
import type { LoaderInput, LoaderRules, LoadRule, Version } from './types';
import { PATTERNS_SINCE, VLLM_MODULE_RULES, VLLM_TENSOR_RULES } from './vllmTensors';
import { versionText } from './versions';

/** Default of --max-lora-rank, and the values that it takes (`config/lora.py: MaxLoRARanks`). */
const DEFAULT_MAX_RANK = 16;
const MAX_RANKS = [16, 32, 64, 128, 256, 320, 512];
const LARGEST_RANK = 512;

/** When saved classification heads were accepted; 0.30.0 and 0.31.0 were looked at. */
const HEADS_SINCE: Version = [0, 31];

/** What vLLM reads of a config beside the fields that have rules here. */
const HELPER_FIELDS: ReadonlySet<string> = new Set(['use_rslora', 'alpha_pattern']);

/** Values of init_lora_weights after which a saved adapter is a plain LoRA (`_init_is_supported`). */
const PLAIN_INITS: ReadonlySet<string> = new Set(['gaussian', 'eva', 'orthogonal', 'mica', 'lora_ga']);

const FROM_DICT = 'vllm/lora/peft_helper.py: PEFTHelper.from_dict';
const FEATURES = 'vllm/lora/peft_helper.py: PEFTHelper._validate_features';
const VALIDATE = 'vllm/lora/peft_helper.py: PEFTHelper.validate_legal';
const POST_INIT = 'vllm/lora/peft_helper.py: PEFTHelper.__post_init__';

const numbers: readonly LoadRule[] = [
  ...['r', 'lora_alpha', 'target_modules'].map((field): LoadRule => ({
    severity: 'error',
    field,
    source: FROM_DICT,
    message: say('The config has no field "{0}", which vLLM requires.', field),
    // Of target_modules only the key counts: modules are those of the tensors.
    when: ({ adapter: { config } }) =>
      config[field] === undefined || (config[field] === null && field !== 'target_modules'),
  })),
  mistyped('r', (value) => isMissing(value) || (typeof value === 'number' && value > 0), {
    message: say('vLLM stops: "r" must be a number above 0.'),
    source: POST_INIT,
  }),
  mistyped('lora_alpha', (value) => isMissing(value) || typeof value === 'number', {
    message: say('vLLM stops: "lora_alpha" is not a number.'),
    source: POST_INIT,
  }),
  {
    severity: 'error',
    field: 'rank_pattern',
    since: PATTERNS_SINCE,
    quiet: true,
    source: POST_INIT,
    message: say('vLLM stops: "rank_pattern" has ranks that are no whole number above 0.'),
    when: ({ adapter: { config } }) =>
      isRecord(config['rank_pattern']) &&
      Object.values(config['rank_pattern']).some(
        (rank) => typeof rank !== 'number' || !Number.isInteger(rank) || rank <= 0,
      ),
  },
  {
    severity: 'error',
    field: 'r',
    flag: '--max-lora-rank',
    source: VALIDATE,
    message: say(
      "The largest rank is {0}, but vLLM's default limit is {1}: it refuses the adapter unless it is started with --max-lora-rank {2}.",
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
    source: VALIDATE,
    message: say('The largest rank is {0}; vLLM supports at most {1}.'),
    when: (input) => largestRank(input) > LARGEST_RANK && [largestRank(input), LARGEST_RANK],
  },
];

const features: readonly LoadRule[] = [
  {
    severity: 'error',
    field: 'use_dora',
    source: FEATURES,
    message: say('vLLM does not support DoRA (use_dora).'),
    when: ({ adapter }) => isSet(adapter.config['use_dora']),
  },
  {
    severity: 'error',
    field: 'bias',
    source: VALIDATE,
    message: say('vLLM does not support trained biases (bias: {0}).'),
    when: ({ adapter: { config } }) =>
      config['bias'] !== undefined && config['bias'] !== 'none' && [shownValue(config['bias'])],
  },
  {
    severity: 'error',
    field: 'modules_to_save',
    source: FEATURES,
    message: say('vLLM does not support modules_to_save.'),
    when: ({ adapter }) => savedModules(adapter.config).some((name) => !isHead(name)),
  },
  {
    severity: 'error',
    field: 'modules_to_save',
    before: HEADS_SINCE,
    source: FEATURES,
    message: say(
      'vLLM before {0} does not support modules_to_save; later versions accept "classifier" and "score".',
      versionText(HEADS_SINCE),
    ),
    when: ({ adapter: { config } }) => isSet(config['modules_to_save']) && savedModules(config).every(isHead),
  },
  ...['lora_bias', 'alora_invocation_tokens', 'layer_replication', 'use_bdlora', 'use_qalora'].flatMap(
    (field) => unsupported(field, isSet),
  ),
  ...unsupported(
    'init_lora_weights',
    (init) => typeof init === 'string' && !PLAIN_INITS.has(init.toLowerCase()),
  ),
];

/** Fields that have rules of their own, and those that PEFTHelper does not have (`from_dict`). */
const OWN_RULES: ReadonlySet<string> = new Set([
  ...'r lora_alpha bias rank_pattern modules_to_save target_modules init_lora_weights'.split(' '),
  ...'use_dora lora_bias alora_invocation_tokens layer_replication use_bdlora use_qalora'.split(' '),
  ...[...PEFT_FIELDS].filter((field) => !HELPER_FIELDS.has(field)),
]);

/** `--enable-lora` with adapters loaded at run time; read in the source of 0.32.0, and run. */
export const VLLM: LoaderRules = {
  load: [
    ...refusals('vLLM', 'PEFT', 'MLX', 'vllm/lora/peft_helper.py: PEFTHelper.from_local_dir'),
    ...numbers,
    ...features,
    oddFields('vLLM', OWN_RULES),
    otherFileName(
      'vLLM',
      'adapter_model.safetensors',
      'vllm/lora/lora_model.py: LoRAModel.from_local_checkpoint',
      ['adapter_model.bin'],
    ),
    ...VLLM_TENSOR_RULES,
  ],
  modules: VLLM_MODULE_RULES,
};

/** Since `PATTERNS_SINCE` these are refused; versions before it load the adapter and compute another update. */
function unsupported(field: string, applies: (value: unknown) => boolean): readonly LoadRule[] {
  const rule = {
    field,
    source: FEATURES,
    when: ({ adapter }: LoaderInput) => applies(adapter.config[field]),
  };
  const version = versionText(PATTERNS_SINCE);
  return [
    {
      ...rule,
      severity: 'error',
      since: PATTERNS_SINCE,
      quiet: true,
      message: say(
        'vLLM does not support this value of "{0}"; versions before {1} load the adapter and compute a different update.',
        field,
        version,
      ),
    },
    {
      ...rule,
      severity: 'silent',
      change: 'settings-dropped',
      before: PATTERNS_SINCE,
      quiet: true,
      message: say('vLLM before {0} ignores "{1}" and computes a different update.', version, field),
    },
  ];
}

function savedModules({ modules_to_save: saved }: Readonly<Record<string, unknown>>): readonly unknown[] {
  if (!isSet(saved)) return [];
  return Array.isArray(saved) ? saved : [saved];
}

const isHead = (name: unknown): boolean => name === 'classifier' || name === 'score';

/** Of the config (`r` and all of rank_pattern, even entries that match nothing) and of the tensors. */
function largestRank({ adapter: { modules, config } }: LoaderInput): number {
  const pattern = config['rank_pattern'];
  const declared = [config['r'], ...(isRecord(pattern) ? Object.values(pattern) : [])];
  let largest = 0;
  for (const rank of declared) if (typeof rank === 'number') largest = Math.max(largest, rank);
  for (const { rank } of modules) largest = Math.max(largest, rank);
  return largest;
}
