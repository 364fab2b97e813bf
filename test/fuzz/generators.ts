import fc from 'fast-check';
import { words } from '../support/words';

const DTYPES = ['F32', 'F16', 'BF16', 'F64', 'I8', 'F4', 'F8_E4M3', 'C64', 'f32', 'F31'];
/** Values that parsers take for numbers, or nearly. */
export const NUMBERS = words`0 -1 1 4 8 1e400 9007199254740993 18446744073709551615 4.0 1e2 null true [] {}`;
/** Pieces of safetensors headers. */
export const HEADER_WORDS = [
  ...words`"dtype" "shape" "data_offsets" "__metadata__" "__proto__" "a" { } [ ] , :`,
  ...DTYPES.map((dtype) => `"${dtype}"`),
  ...NUMBERS,
  '\\u0000',
  '\\ud800',
  ' ',
];

/** Ends of names of tensors that are no LoRA factors. */
export const WHOLE_WORDS = words`
  lm_head.weight norm.bias base_layer.weight base_layer.bias lora_B.bias
  modules_to_save.default.weight original_module.weight trainable_tokens_delta
  experts.gate_up_proj
`;

const size = fc.oneof(fc.nat(8), fc.constantFrom(2 ** 31, 2 ** 53, 2 ** 62, -1, 1.5));
const tensorEntry = fc.record(
  {
    dtype: fc.constantFrom(...DTYPES),
    shape: fc.array(size, { maxLength: 5 }),
    data_offsets: fc.array(size, { maxLength: 3 }),
  },
  { requiredKeys: [] },
);
/** Pieces of long names and paths: what comes back to its start, and what takes more than one look. */
export const LONG_PIECES = [...words`/ \ . .. - 1. a a/ //net/ experts.1. -instruct-v1`, '\n', ' '];
/** Texts of one piece, around the longest that is taken and beyond it. */
export const long = fc
  .tuple(fc.constantFrom(...LONG_PIECES), fc.oneof(fc.nat(40), fc.nat(5000), fc.nat(50_000)), fc.string())
  .map(([piece, length, end]) => piece.repeat(Math.ceil(length / piece.length)) + end);
/** What a config may name as the model: repo ids, paths and what only looks like them. */
export const hint = fc.oneof(
  long,
  fc.string(),
  fc.constantFrom(...words`org/Llama-2-7b-chat-hf ../aligned //server/share \\server\share /net/host/x ~`),
);
/** Tensor names, odd ones too. */
export const name = fc.oneof(
  fc.string(),
  fc
    .tuple(long, fc.constantFrom('.q_proj.lora_A.weight', '.q_proj.lora_B.weight', ''))
    .map((parts) => parts.join('')),
  fc.constantFrom(
    ...words`
      __metadata__ __proto__ constructor ../../x a.lora_A.weight base_model.model.q.lora_A.weight
      base_model.model.q.lora_B.weight q.lora_a q.lora_b w_a_000
    `,
    '',
  ),
  fc
    .tuple(
      fc.constantFrom('', 'base_model.model.', 'module.'),
      fc.constantFrom('', 'q.', 'm.'),
      fc.constantFrom(...WHOLE_WORDS),
    )
    .map((parts) => parts.join('')),
);
/** Headers that are JSON, and now and then right. */
export const header = fc
  .dictionary(name, fc.oneof(tensorEntry, fc.dictionary(fc.string(), fc.string()), fc.jsonValue()))
  .map((value) => JSON.stringify(value));

const PEFT_FIELDS = words`
  base_model_name_or_path peft_type r lora_alpha target_modules exclude_modules rank_pattern
  alpha_pattern use_rslora use_dora bias modules_to_save layers_to_transform layers_pattern
  init_lora_weights layer_replication target_parameters lora_bias fan_in_fan_out kasa_config
  use_bdlora
`;
/** Pieces of Python patterns. */
export const PATTERN_WORDS = words`
  .* \. (?: () (?:) ( ) | [^.] [a-z] {1, {4000} {99999} } + * ? \d \w ^ $ (?<= (?P<a> q_proj
  layers \b (.*)* ((a+)+)+
`;
/** Python patterns, most of them broken. */
export const pattern = fc
  .array(fc.oneof(fc.constantFrom(...PATTERN_WORDS), fc.string({ maxLength: 3 })), { maxLength: 12 })
  .map((parts) => parts.join(''));
const patternDictionary = fc.dictionary(pattern, fc.oneof(fc.nat(64), fc.double()));
const fieldValue = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.nat(64),
  fc.boolean(),
  pattern,
  hint,
  fc.array(pattern),
  patternDictionary,
);
/** adapter_config.json of PEFT, with values of all kinds. */
export const peftConfig = fc
  .dictionary(fc.constantFrom(...PEFT_FIELDS), fieldValue)
  .map((config) => JSON.stringify({ peft_type: 'LORA', ...config }));
/** adapter_config.json of mlx-lm. */
export const mlxConfig = fc
  .record(
    {
      fine_tune_type: fc.oneof(fc.constantFrom('lora', 'dora', 'full'), fc.jsonValue()),
      num_layers: fieldValue,
      model: fieldValue,
      lora_parameters: fc.oneof(
        fc.dictionary(fc.constantFrom('rank', 'scale', 'dropout', 'keys', 'alpha'), fieldValue),
        fieldValue,
      ),
    },
    { requiredKeys: [] },
  )
  .map((config) => JSON.stringify(config));
/** Pieces of configs. */
export const CONFIG_WORDS = [
  ...words`{ } [ ] , : " "LORA" "keys" "lora_parameters" "rank"`,
  ...PEFT_FIELDS.map((field) => `"${field}"`),
  ...NUMBERS,
  ...PATTERN_WORDS.map((word) => JSON.stringify(word).slice(1, -1)),
];
