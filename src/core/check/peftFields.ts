/** Minor versions of PEFT 0.x that are told apart. */
export const PEFT_OLDEST = 10;
export const PEFT_NEWEST = 21;
/** From 0.14 on unknown config fields are dropped with a warning; before, they are a TypeError. */
export const PEFT_DROPS_UNKNOWN = 14;
/** From 0.15 on a pattern's key may be a full module name; before, something and a dot had to stand in front. */
export const PEFT_FULL_NAME_PATTERNS = 15;

/**
 * The 0.x release in which a field of LoraConfig first appears; all others of the format are older than 0.10. Read in
 * PEFT's sources, tag by tag. `peft_version` is written by 0.18 and later and is no field of its own before.
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
  ['kasa_config', 21],
  ['monteclora_config', 21],
  ['velora_config', 21],
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
