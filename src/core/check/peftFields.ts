/** Minor versions of PEFT 0.x that are told apart. */
export const PEFT_OLDEST = 10;
/** The release whose source was read (0.21.0); patch releases add no fields. */
export const PEFT_NEWEST = 21;
/** From 0.14 on unknown config fields are dropped with a warning (huggingface/peft#2038); 0.13.2 raises a TypeError. */
export const PEFT_DROPS_UNKNOWN = 14;
/**
 * From 0.15 on (huggingface/peft#2419) a pattern's key is `(.*\.)?(key)$`, so that `^` and full names are matched like
 * any other; before, keys were `.*\.key$`, and a full name counted only where no other key was an ending of it.
 */
export const PEFT_OPTIONAL_PREFIX = 15;
/** From 0.14 on rank_pattern and alpha_pattern are searched apart (#2195); before, one key was looked up in both. */
export const PEFT_PATTERNS_APART = 14;

/**
 * The 0.x release in which a field of LoraConfig first appears; all others of the format are older than 0.10. The set
 * of 0.21 is that of its dataclass; the steps before are those of configs that 0.16 to 0.20 wrote, and of the pull
 * requests and bug reports of older ones. `runtime_config` is never written; versions that know it drop it from files.
 */
export const PEFT_FIELD_SINCE: ReadonlyMap<string, number> = new Map([
  ['runtime_config', 12],
  ['exclude_modules', 14],
  ['lora_bias', 14],
  ['eva_config', 14],
  ['trainable_token_indices', 15],
  ['corda_config', 15],
  ['use_qalora', 16],
  ['qalora_group_size', 16],
  ['target_parameters', 17],
  ['alora_invocation_tokens', 18],
  ['arrow_config', 18],
  ['ensure_weight_tying', 18],
  ['peft_version', 18],
  ['use_bdlora', 19],
  ['lora_ga_config', 19],
  ['monteclora_config', 20],
  ['velora_config', 20],
  ['kasa_config', 21],
]);

/** Fields that every version looked at knows. */
const OLD_FIELDS: ReadonlySet<string> = new Set([
  'peft_type',
  'task_type',
  'auto_mapping',
  'base_model_name_or_path',
  'revision',
  'inference_mode',
  'r',
  'lora_alpha',
  'lora_dropout',
  'target_modules',
  'fan_in_fan_out',
  'bias',
  'use_rslora',
  'use_dora',
  'modules_to_save',
  'init_lora_weights',
  'layers_to_transform',
  'layers_pattern',
  'rank_pattern',
  'alpha_pattern',
  'megatron_config',
  'megatron_core',
  'loftq_config',
  'layer_replication',
]);

/** The first minor version that knows the field; undefined: none that was looked at. */
export function peftKnowsSince(field: string): number | undefined {
  return OLD_FIELDS.has(field) ? PEFT_OLDEST : PEFT_FIELD_SINCE.get(field);
}
