import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compilePyRegex, PatternError, pyMatch } from '../../src/core/adapter/pyRegex';
import { readAdapter } from '../../src/core/adapter/readAdapter';
import { checkLoad } from '../../src/core/check/checkLoad';
import { LOADERS } from '../../src/core/check/types';
import { parseModelConfig } from '../../src/core/checkpoint/modelConfig';
import { parseShardIndex } from '../../src/core/checkpoint/shardIndex';
import { planPrune } from '../../src/methods/prune/plan';
import { entryFinder, findConfigTargets } from '../../src/core/report/configTargets';
import { mentionAt, ModuleIndex } from '../../src/core/report/moduleMentions';
import { parseHeader } from '../../src/core/safetensors/header';
import type { SafetensorsHeader } from '../../src/core/safetensors/types';
import { planWrite } from '../../src/core/safetensors/writePlan';
import type { ByteSource } from '../../src/io/byteSource';
import { readSafetensorsHeader } from '../../src/io/safetensorsFile';
import {
  CONFIG_WORDS,
  header,
  HEADER_WORDS,
  mlxConfig,
  name,
  NUMBERS,
  pattern,
  PATTERN_WORDS,
  peftConfig,
  WHOLE_WORDS,
} from './generators';
import { headerOf, mlxPair, peftPair } from '../support/adapterFixture';
import {
  belongsOnce,
  pruneFirst,
  pruneWhole,
  spec,
  SPEC_WORDS,
  takesHint,
  throughAmplified,
} from './amplified';
import { readLooseAdapter } from '../../src/core/adapter/looseAdapter';
import { readTorchHeader } from '../../src/io/torchFile';
import { zipOf } from '../support/torchBytes';
import { rawSafetensors } from '../support/safetensorsBytes';
import { english } from '../support/english';
import { words } from '../support/words';

/** Something that takes untrusted bytes. It may throw `SploraError` and nothing else. */
export interface FuzzTarget {
  readonly name: string;
  /** May name what came of the input, so that the search goes on from inputs of every outcome. */
  readonly run: (input: Uint8Array) => string | undefined | Promise<string | undefined>;
  /** Inputs of the right kind, beside mutations of the corpus. */
  readonly structured: fc.Arbitrary<string | Uint8Array>;
  /** Pieces that mutations insert. */
  readonly words: readonly string[];
  /** Inputs made at a time, fewer where each stands for a large file. */
  readonly batch?: number;
}

const text = (input: Uint8Array): string => new TextDecoder().decode(input);
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
export function promisedBytes(json: Uint8Array): number {
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
  const files = {
    weightsFile: '/a/x.safetensors',
    header: tensors,
    configFile: '/a/adapter_config.json',
    configText,
  };
  checkLoad(readLooseAdapter(files), LOADERS);
  const adapter = readAdapter(files);
  takesHint(adapter.alignedHint ?? '');
  const input = pruneFirst(adapter);
  const plan = planPrune(input, { mode: 'remove', bakeScale: false });
  JSON.parse(plan.configText ?? '{}');
  planPrune(input, { mode: 'remove', bakeScale: true });
}

const MODULES = Array.from({ length: 64 }, (_, i) => `model.layers.${i}.self_attn.q_proj`);
const MODULE_INDEX = new ModuleIndex(MODULES);

/** What was accepted names each tensor once, and its tensors fill the data without a gap or an overlap. */
function isWhole(read: SafetensorsHeader, json: string): void {
  // Quotes in strings are escaped and metadata holds strings only, so that this stands once for each tensor.
  const named = [...json.matchAll(/"data_offsets"\s*:\s*\[/g)].length;
  if (!json.includes('\\')) assert.equal(read.tensors.size, named, 'a name that stands twice');
  const spans = [...read.tensors.values()].sort((x, y) => x.offset - y.offset || x.byteLength - y.byteLength);
  spans.reduce((end, { name: each, offset, byteLength }) => {
    assert.equal(offset, end, `a gap or an overlap before ${each}`);
    return offset + byteLength;
  }, spans[0]?.offset ?? 0);
}

/** Instructions of pickles, and the names that those of tensors have. */
const PICKLE_PIECES = [
  ...words`} ] ) ( t s u R Q N b .`,
  ...['K\x01', 'q\x00', 'h\x00', '\x85', '\x86', '\x87', '\x88', '\x93', '\x94'],
  ...['ctorch._utils\n_rebuild_tensor_v2\n', 'ccollections\nOrderedDict\n', 'ctorch\nFloatStorage\n'],
  'X\x01\x00\x00\x00a',
];

export const TARGETS: readonly FuzzTarget[] = [
  {
    name: 'amplified',
    run: (input) => throughAmplified(text(input)),
    structured: spec,
    words: SPEC_WORDS,
    batch: 20,
  },
  {
    name: 'header',
    run: (input) => {
      const read = parseHeader(input, 8 + input.length + promisedBytes(input), '/fuzz');
      isWhole(read, text(input));
      writesAgain(read);
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
      const configText = JSON.stringify({ modules_to_save: ['lm_head', 'norm'] });
      const config = { configFile: '/fuzz/adapter_config.json', configText };
      const adapter = readAdapter({ weightsFile: '/fuzz', header: read, ...config });
      belongsOnce(adapter);
      const { replacements, carried } = adapter;
      pruneWhole(adapter);
      return `${Math.min(3, replacements.length)} ${english(carried[0]?.reason)}`;
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
      ...words`
        base_model.model. .lora_A .lora_B .weight .default .lora_a .lora_b .m lora_embedding_A
        _orig_mod. module.
      `,
      ...WHOLE_WORDS,
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
      ...words`"weight_map" "../x" "/x" "a\\b" "model-00001-of-00002.safetensors" "a" { } , :`,
      ...NUMBERS,
    ],
  },
  {
    name: 'model-config',
    run: (input) => {
      parseModelConfig(input, '/fuzz');
    },
    structured: fc.jsonValue().map((value) => JSON.stringify(value)),
    words: words`
      "model_type" "text_config" "quantization_config" "quant_method" "tie_word_embeddings" NaN
      -Infinity { } " , :
    `,
  },
  {
    name: 'torch-file',
    run: async (input) => {
      const { tensors } = await readTorchHeader(memorySource(input));
      for (const { byteLength } of tensors.values()) assert.ok(byteLength >= 0);
    },
    structured: fc
      .array(fc.constantFrom(...PICKLE_PIECES), { maxLength: 60 })
      .map((pieces) => zipOf('a/data.pkl', Buffer.from(pieces.join(''), 'latin1'))),
    words: PICKLE_PIECES,
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
        return `some ${Math.round(Math.log2(regex.states.length + 1))}, ${Math.round(Math.log2(1_000_001 - budget.steps))}`;
      } catch (error) {
        if (error instanceof PatternError) return error.message;
        throw error;
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
      return targets === undefined ? 'none' : `${targets.form} ${targets.entries.length}`;
    },
    structured: fc.oneof(peftConfig, fc.string(), pattern),
    words: [
      ...words`model.layers.0.self_attn.q_proj q_proj . - " "target_modules" [ ] \ { } :`,
      ' ',
      '\u202e',
    ],
  },
];
