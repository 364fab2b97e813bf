/**
 * Targets that PEFT 0.21 takes for matrices of experts, by the model_type of the base's config.json
 * (peft/utils/transformers_weight_conversion.py: `_MOE_TARGET_MODULE_MAPPING`; transformers/conversion_mapping.py of 5.19:
 * `_MODEL_TO_CONVERSION_PATTERN`). Of other types whose classes stack experts, PEFT converts no targets.
 */
const BY_TARGETS: readonly (readonly [targets: string, modelTypes: string])[] = [
  ['w1 w3 w2', 'mixtral minimax minimax_m2'],
  [
    'gate_proj up_proj down_proj',
    'afmoe cohere2_moe deepseek_v2 deepseek_v3 deepseek_v32 dots1 ernie4_5_moe exaone_moe flex_olmo glm4_moe ' +
      'glm4_moe_lite glm4v_moe glm_moe_dsa hunyuan_v1_moe longcat_flash mellum olmoe qwen3_moe qwen3_next ' +
      'qwen3_omni_moe qwen3_omni_moe_thinker solar_open',
  ],
];

const TARGETS: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  BY_TARGETS.flatMap(([targets, modelTypes]) => {
    const names = new Set(targets.split(' '));
    return modelTypes.split(' ').map((modelType) => [modelType, names] as const);
  }),
);

/** Undefined: PEFT converts no targets of the model type. */
export const expertTargets = (modelType = ''): ReadonlySet<string> | undefined => TARGETS.get(modelType);
