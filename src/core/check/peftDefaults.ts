/**
 * What PEFT 0.21 adapts by default, by the model_type of the base's config.json: target_modules for LoRA
 * (peft/utils/constants.py: TRANSFORMERS_MODELS_TO_LORA_TARGET_MODULES_MAPPING). A list of names, or a regular expression.
 */
const BY_TARGETS: readonly (readonly [targets: string, modelTypes: string])[] = [
  [
    'q_proj v_proj',
    'bart opt gptj gpt_neo llama llama4 mistral mixtral stablelm gemma gemma2 gemma3_text qwen2 qwen3',
  ],
  ['q v', 't5 mt5'],
  ['query value', 'bert roberta xlm-roberta electra layoutlm'],
  ['query_key_value', 'bloom gpt_neox chatglm RefinedWebModel RefinedWeb falcon'],
  ['c_attn', 'gpt2 gpt_bigcode'],
  ['q v q_proj v_proj', 'blip-2'],
  ['query_proj value_proj', 'deberta-v2'],
  ['in_proj', 'deberta'],
  ['Wqkv', 'mpt'],
  ['c_proj c_attn', 'btlm'],
  ['qkv_proj', 'codegen'],
  ['q_proj v_proj fc1 fc2', 'phi'],
  ['q_proj k_proj v_proj o_proj', 'nemotron_h'],
  ['key value receptance output', 'rwkv'],
  ['r_proj k_proj v_proj o_proj key value', 'rwkv7'],
];

const PATTERNS: readonly (readonly [modelType: string, pattern: string])[] = [
  ['gemma4', '.*language_model\\..*\\.(q_proj|v_proj)'],
];

const DEFAULTS: ReadonlyMap<string, string | readonly string[]> = new Map<string, string | readonly string[]>(
  [
    ...BY_TARGETS.flatMap(([targets, modelTypes]) =>
      modelTypes.split(' ').map((modelType) => [modelType, targets.split(' ')] as const),
    ),
    ...PATTERNS,
  ],
);

/** The default target_modules of a model type; undefined: PEFT has none and stops. */
export const defaultTargets = (modelType: string): string | readonly string[] | undefined =>
  DEFAULTS.get(modelType);
