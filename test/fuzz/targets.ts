import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compilePyRegex, PatternError, pyMatch } from '../../src/core/adapter/pyRegex';
import { readAdapter } from '../../src/core/adapter/readAdapter';
import { checkLoad } from '../../src/core/check/checkLoad';
import { LOADERS } from '../../src/core/check/types';
import { parseModelConfig } from '../../src/core/checkpoint/modelConfig';
import { parseShardIndex } from '../../src/core/checkpoint/shardIndex';
import { planPrune } from '../../src/core/prune/planPrune';
import { entryFinder, findConfigTargets } from '../../src/core/report/configTargets';
import { mentionAt, ModuleIndex } from '../../src/core/report/moduleMentions';
import { parseHeader } from '../../src/core/safetensors/header';
import type { SafetensorsHeader } from '../../src/core/safetensors/types';
import { planWrite } from '../../src/core/safetensors/writePlan';
import type { ByteSource } from '../../src/io/byteSource';
import { readSafetensorsHeader } from '../../src/io/safetensorsFile';
import { headerOf, mlxPair, peftPair } from '../support/adapterFixture';
import { rawSafetensors } from '../support/safetensorsBytes';

/** Something that takes bytes from strangers. It may throw `SploraError` and nothing else. */
export interface FuzzTarget {
  readonly name: string;
  readonly run: (input: Uint8Array) => void | Promise<void>;
  /** Inputs of the right kind, beside mutations of the corpus. */
  readonly structured: fc.Arbitrary<string | Uint8Array>;
  /** Pieces that mutations insert. */
  readonly words: readonly string[];
}

const text = (input: Uint8Array): string => new TextDecoder().decode(input);
const DTYPES = ['F32', 'F16', 'BF16', 'F64', 'I8', 'F4', 'F8_E4M3', 'C64', 'f32', 'F31'];
const NUMBERS = [
  '0',
  '-1',
  '1',
  '4',
  '8',
  '1e400',
  '9007199254740993',
  '18446744073709551615',
  '4.0',
  '1e2',
  'null',
  'true',
  '[]',
  '{}',
];
const HEADER_WORDS = [
  '"dtype"',
  '"shape"',
  '"data_offsets"',
  '"__metadata__"',
  '"__proto__"',
  '"a"',
  ...DTYPES.map((dtype) => `"${dtype}"`),
  ...NUMBERS,
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '\\u0000',
  '\\ud800',
  ' ',
];

const size = fc.oneof(fc.nat(8), fc.constantFrom(2 ** 31, 2 ** 53, 2 ** 62, -1, 1.5));
const tensorEntry = fc.record(
  {
    dtype: fc.constantFrom(...DTYPES),
    shape: fc.array(size, { maxLength: 5 }),
    data_offsets: fc.array(size, { maxLength: 3 }),
  },
  { requiredKeys: [] },
);
const name = fc.oneof(
  fc.string(),
  fc.constantFrom(
    '__metadata__',
    '__proto__',
    'constructor',
    '',
    '../../x',
    'a.lora_A.weight',
    'base_model.model.q.lora_A.weight',
    'base_model.model.q.lora_B.weight',
    'q.lora_a',
    'q.lora_b',
    'w_a_000',
  ),
);
const header = fc
  .dictionary(name, fc.oneof(tensorEntry, fc.dictionary(fc.string(), fc.string()), fc.jsonValue()))
  .map((value) => JSON.stringify(value));

/** Bytes as a file. Reads come short, and after a turn of the event loop, as those of a network disk do. */
function memorySource(bytes: Uint8Array): ByteSource {
  return {
    path: '/fuzz.safetensors',
    size: bytes.length,
    readInto: async (target, position) => {
      await Promise.resolve();
      assert.ok(position >= 0 && position + target.length <= bytes.length, 'read beyond the end');
      target.set(bytes.subarray(position, position + target.length));
    },
    assertUnchanged: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

/** Whatever was accepted is written again, and read back the same. */
function writesAgain(read: SafetensorsHeader): void {
  const plan = planWrite(read, () => 'copy', new Map());
  const again = parseHeader(plan.headerBytes.subarray(8), plan.totalBytes, '/again');
  assert.deepEqual(
    [...again.tensors.values()].map((tensor) => [tensor.name, tensor.dtype, tensor.shape]).sort(),
    [...read.tensors.values()].map((tensor) => [tensor.name, tensor.dtype, tensor.shape]).sort(),
  );
}

/** The end of the data that a header text names, so that some inputs are whole files. */
function promisedBytes(json: Uint8Array): number {
  const ends = [...text(json).matchAll(/"data_offsets"\s*:\s*\[\s*\d+\s*,\s*(\d{1,9})\s*\]/g)].map(
    ([, end]) => Number(end),
  );
  return Math.max(0, ...ends);
}

const PEFT_HEADER = headerOf([
  ...peftPair('model.layers.0.self_attn.q_proj'),
  ...peftPair('model.layers.1.mlp.up_proj'),
]);
const MLX_HEADER = headerOf([
  ...mlxPair('model.layers.0.self_attn.q_proj'),
  ...mlxPair('model.layers.1.mlp.up_proj'),
]);

/** Reads the config as an adapter's, checks it for all loaders, and prunes by it. */
function throughConfig(tensors: SafetensorsHeader, configText: string): void {
  const adapter = readAdapter({
    weightsFile: '/a/x.safetensors',
    header: tensors,
    configFile: '/a/adapter_config.json',
    configText,
  });
  checkLoad({ adapter, configText }, LOADERS);
  const [first] = adapter.modules;
  const input = {
    adapter,
    configText,
    modules: [first?.name ?? ''],
    mode: 'remove',
    provenance: { by: 'hand' },
    toolVersion: '1',
    sourceSha256: '',
  } as const;
  const plan = planPrune(input);
  JSON.parse(plan.configText ?? '{}');
  planPrune({ ...input, bakeScale: true });
}

const PEFT_FIELDS = [
  'peft_type',
  'r',
  'lora_alpha',
  'target_modules',
  'exclude_modules',
  'rank_pattern',
  'alpha_pattern',
  'use_rslora',
  'use_dora',
  'bias',
  'modules_to_save',
  'layers_to_transform',
  'layers_pattern',
  'init_lora_weights',
  'layer_replication',
  'target_parameters',
  'lora_bias',
  'fan_in_fan_out',
  'kasa_config',
  'use_bdlora',
];
const PATTERN_WORDS = [
  '.*',
  '\\.',
  '(?:',
  '(',
  ')',
  '|',
  '[^.]',
  '[a-z]',
  '{1,',
  '{4000}',
  '}',
  '+',
  '*',
  '?',
  '\\d',
  '\\w',
  '^',
  '$',
  '(?<=',
  '(?P<a>',
  'q_proj',
  'layers',
  '\\b',
  '(.*)*',
  '((a+)+)+',
];
const pattern = fc
  .array(fc.oneof(fc.constantFrom(...PATTERN_WORDS), fc.string({ maxLength: 3 })), { maxLength: 12 })
  .map((parts) => parts.join(''));
const patternDictionary = fc.dictionary(pattern, fc.oneof(fc.nat(64), fc.double()));
const fieldValue = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.nat(64),
  fc.boolean(),
  pattern,
  fc.array(pattern),
  patternDictionary,
);
const peftConfig = fc
  .dictionary(fc.constantFrom(...PEFT_FIELDS), fieldValue)
  .map((config) => JSON.stringify({ peft_type: 'LORA', ...config }));
const mlxConfig = fc
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
const CONFIG_WORDS = [
  ...PEFT_FIELDS.map((field) => `"${field}"`),
  ...NUMBERS,
  ...PATTERN_WORDS.map((word) => JSON.stringify(word).slice(1, -1)),
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  '"LORA"',
  '"keys"',
  '"lora_parameters"',
  '"rank"',
];

const MODULES = Array.from({ length: 64 }, (_, i) => `model.layers.${i}.self_attn.q_proj`);
const MODULE_INDEX = new ModuleIndex(MODULES);

export const TARGETS: readonly FuzzTarget[] = [
  {
    name: 'header',
    run: (input) => {
      writesAgain(parseHeader(input, 8 + input.length + promisedBytes(input), '/fuzz'));
    },
    structured: header,
    words: HEADER_WORDS,
  },
  {
    name: 'file',
    run: async (input) => {
      writesAgain(await readSafetensorsHeader(memorySource(input)));
    },
    structured: fc.tuple(header, fc.nat(64)).map(([json, data]) => rawSafetensors(json, data)),
    words: [
      ...HEADER_WORDS,
      '\0\0\0\0\0\0\0\0',
      '\xff\xff\xff\xff',
      'GGUF',
      'PK\x03\x04',
      'version https://git-lfs',
    ],
  },
  {
    name: 'tensor-names',
    run: (input) => {
      const read = parseHeader(input, 8 + input.length + promisedBytes(input), '/fuzz');
      readAdapter({ weightsFile: '/fuzz', header: read });
    },
    structured: fc
      .array(name)
      .map((names) =>
        JSON.stringify(
          Object.fromEntries(
            names.map((each, i) => [each, { dtype: 'F32', shape: [1, 1], data_offsets: [4 * i, 4 * i + 4] }]),
          ),
        ),
      ),
    words: [
      'base_model.model.',
      '.lora_A',
      '.lora_B',
      '.weight',
      '.default',
      '.lora_a',
      '.lora_b',
      '.m',
      'lora_embedding_A',
      'base_layer',
      '_orig_mod.',
      'module.',
      ...HEADER_WORDS,
    ],
  },
  {
    name: 'peft-config',
    run: (input) => {
      throughConfig(PEFT_HEADER, text(input));
    },
    structured: peftConfig,
    words: CONFIG_WORDS,
  },
  {
    name: 'mlx-config',
    run: (input) => {
      throughConfig(MLX_HEADER, text(input));
    },
    structured: mlxConfig,
    words: CONFIG_WORDS,
  },
  {
    name: 'shard-index',
    run: (input) => {
      for (const shard of parseShardIndex(input, '/fuzz').values())
        assert.ok(!/[/\\\0]/.test(shard) && shard !== '..', 'a shard outside');
    },
    structured: fc
      .oneof(fc.dictionary(name, name), fc.jsonValue())
      .map((map) => JSON.stringify({ metadata: {}, weight_map: map })),
    words: [
      '"weight_map"',
      '"../x"',
      '"/x"',
      '"a\\\\b"',
      '"model-00001-of-00002.safetensors"',
      '"a"',
      ...NUMBERS,
      '{',
      '}',
      ',',
      ':',
    ],
  },
  {
    name: 'model-config',
    run: (input) => {
      parseModelConfig(input, '/fuzz');
    },
    structured: fc.jsonValue().map((value) => JSON.stringify(value)),
    words: [
      '"model_type"',
      '"text_config"',
      '"quantization_config"',
      '"quant_method"',
      '"tie_word_embeddings"',
      'NaN',
      '-Infinity',
      '{',
      '}',
      '"',
      ',',
      ':',
    ],
  },
  {
    name: 'python-regex',
    run: (input) => {
      const [first = '', ...rest] = text(input).split('\n');
      try {
        const regex = compilePyRegex(first);
        const budget = { steps: 1_000_000 };
        for (const module of [...MODULES.slice(0, 4), rest.join('\n').slice(0, 500)])
          pyMatch(regex, module, budget);
      } catch (error) {
        if (!(error instanceof PatternError)) throw error;
      }
    },
    structured: pattern,
    words: PATTERN_WORDS,
  },
  {
    name: 'mentions',
    run: (input) => {
      const line = text(input);
      for (let column = 0; column < Math.min(line.length, 64); column += 7)
        mentionAt(line, column, MODULE_INDEX, { bare: true });
      const targets = findConfigTargets(line);
      if (targets !== undefined) for (const module of MODULES.slice(0, 8)) entryFinder(targets)(module);
    },
    structured: fc.oneof(peftConfig, fc.string(), pattern),
    words: [
      'model.layers.0.self_attn.q_proj',
      'q_proj',
      '.',
      '-',
      '"',
      ' ',
      '"target_modules"',
      '[',
      ']',
      '\u202e',
      '\\',
      '{',
      '}',
      ':',
    ],
  },
];
