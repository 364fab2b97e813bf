import assert from 'node:assert/strict';
import { readLooseAdapter } from '../../../../src/core/adapter/looseAdapter';
import { checkLoad } from '../../../../src/core/check/checkLoad';
import { LOAD_VERDICTS, type LoadVerdict } from '../../../../src/core/check/types';
import { headerOf, peftPair } from '../../../support/adapterFixture';
import { checkpointOf, type TensorShapes } from '../../../support/checkpointOf';
import type { TestTensor } from '../../../support/safetensorsBytes';

/** A Llama of two layers, and an adapter of rank 4 for all its linear layers. */
const SIZES = {
  'self_attn.q_proj': [64, 64],
  'self_attn.k_proj': [64, 64],
  'self_attn.v_proj': [64, 64],
  'self_attn.o_proj': [64, 64],
  'mlp.gate_proj': [128, 64],
  'mlp.up_proj': [128, 64],
  'mlp.down_proj': [64, 128],
} as const;
const LINEAR = [0, 1].flatMap((layer) =>
  Object.entries(SIZES).map(([name, shape]) => ({ name: `model.layers.${layer}.${name}`, shape })),
);
const SHAPES: TensorShapes = {
  'model.embed_tokens.weight': [140, 64],
  'lm_head.weight': [140, 64],
  'model.norm.weight': [64],
  ...Object.fromEntries(
    [0, 1].flatMap((layer) =>
      ['input_layernorm', 'post_attention_layernorm'].map((norm) => [
        `model.layers.${layer}.${norm}.weight`,
        [64],
      ]),
    ),
  ),
  ...Object.fromEntries(LINEAR.map(({ name, shape }) => [`${name}.weight`, shape])),
};
const MODEL = checkpointOf(SHAPES, { modelType: 'llama', tiedEmbeddings: false });
const PLAIN = LINEAR.flatMap(({ name, shape: [m, n] }) => peftPair(name, m, n, 4));
const CONFIG = {
  peft_type: 'LORA',
  task_type: 'CAUSAL_LM',
  r: 4,
  lora_alpha: 8,
  lora_dropout: 0,
  bias: 'none',
  init_lora_weights: true,
  target_modules: Object.keys(SIZES).map((name) => name.split('.')[1]),
};

const P = 'base_model.model.';
const Q0 = `${P}model.layers.0.self_attn.q_proj`;
const O0 = `${P}model.layers.0.self_attn.o_proj`;

interface Edit {
  readonly config?: object | string;
  readonly rename?: (name: string) => string;
  readonly without?: readonly string[];
  readonly with?: readonly TestTensor[];
  readonly file?: string;
}

const without = (...names: readonly string[]): Edit => ({ without: names });
const withTensor = (name: string, ...shape: readonly number[]): Edit => ({ with: [{ name, shape }] });
const field = (config: object): Edit => ({ config });
const renamed = (rename: (name: string) => string): Edit => ({ rename });
const HALF: Edit = { without: PLAIN.map(({ name }) => name).filter((name) => name.includes('layers.1.')) };

type Ran = readonly [peft: LoadVerdict, transformers: LoadVerdict];
const refused: Ran = ['refused', 'refused'];
const same: Ran = ['same', 'same'];
const other: Ran = ['other', 'other'];
const nothing: Ran = ['nothing', 'nothing'];

/** Each was run with PEFT 0.21.2 and with load_adapter of transformers 5.19.0 (November 2026). */
const CASES: readonly (readonly [string, Edit, Ran])[] = [
  ['plain', {}, same],
  ['no lora_alpha', field({ lora_alpha: undefined }), same],
  ['lora_alpha null', field({ lora_alpha: null }), refused],
  ['lora_alpha as text', field({ lora_alpha: '8' }), refused],
  ['r 0', field({ r: 0 }), refused],
  ['r null', field({ r: null }), refused],
  ['r as text', field({ r: '4' }), refused],
  ['r 4.0', { config: JSON.stringify(CONFIG).replace('"r":4', '"r":4.0') }, refused],
  ['no dropout', field({ lora_dropout: undefined }), same],
  ['dropout null', field({ lora_dropout: null }), refused],
  ['dropout 2', field({ lora_dropout: 2 }), refused],
  ['bias null', field({ bias: null }), refused],
  ['bias of another kind', field({ bias: 'some' }), refused],
  ['peft_type as the enum prints', field({ peft_type: 'PeftType.LORA' }), refused],
  ['task_type unknown', field({ task_type: 'FOO' }), refused],
  ['task_type null', field({ task_type: null }), same],
  ['init unknown', field({ init_lora_weights: 'foo' }), refused],
  ['init gaussian', field({ init_lora_weights: 'gaussian' }), same],
  ['init false, all tensors', field({ init_lora_weights: false }), same],
  ['init false, half the tensors', { ...HALF, config: { init_lora_weights: false } }, other],
  ['init null, half the tensors', { ...HALF, config: { init_lora_weights: null } }, other],
  ['half the tensors', HALF, same],
  ['targets empty', field({ target_modules: [] }), refused],
  ['targets null', field({ target_modules: null }), other],
  ['targets that the model lacks', field({ target_modules: ['foo'] }), refused],
  ['targets with a container', field({ target_modules: ['self_attn', 'q_proj'] }), refused],
  ['targets with a norm', field({ target_modules: ['q_proj', 'norm'] }), refused],
  ['a pattern that matches a container', field({ target_modules: '.*self_attn.*' }), refused],
  ['excluded modules', field({ exclude_modules: ['q_proj'] }), other],
  ['one layer', field({ layers_to_transform: [0] }), other],
  ['a rank pattern of no module', field({ rank_pattern: { foo: 0 } }), same],
  ['parameters that the model lacks', field({ target_parameters: ['foo.bar'] }), same],
  ['token rows that are missing', field({ trainable_token_indices: [1, 2] }), ['refused', 'same']],
  ['DoRA without magnitudes', field({ use_dora: true }), other],
  ['lora_bias without biases', field({ lora_bias: true }), same],
  ['A alone', without(`${Q0}.lora_B.weight`), same],
  ['B alone', without(`${O0}.lora_A.weight`), other],
  ['A and B that do not fit', withTensor(`${Q0}.lora_B.weight`, 64, 3), refused],
  ['B with fewer rows', withTensor(`${Q0}.lora_B.weight`, 32, 4), refused],
  ['a whole tensor without a place', withTensor(`${P}foo.bar`, 4, 4), same],
  ['a bias that the model lacks', withTensor(`${Q0}.bias`, 64), same],
  ['a head of another size', withTensor(`${P}lm_head.weight`, 150, 64), refused],
  ['a norm that overwrites', withTensor(`${P}model.norm.weight`, 64), other],
  ['a head without the prefix', withTensor('lm_head.weight', 140, 64), ['same', 'other']],
  ['a saved head that is missing', field({ modules_to_save: ['lm_head'] }), ['refused', 'same']],
  ['a saved head that the model lacks', field({ modules_to_save: ['score'] }), same],
  [
    'a saved norm whose name ends others',
    { config: { modules_to_save: ['norm'] }, with: [{ name: `${P}model.norm.weight`, shape: [64] }] },
    ['refused', 'same'],
  ],
  ['_orig_mod', renamed((name) => name.replace(P, `${P}_orig_mod.`)), nothing],
  ['the prefix three times', renamed((name) => name.replace(P, P.repeat(3))), nothing],
  ['module. in front', renamed((name) => `module.${name}`), nothing],
  ['without the prefix', renamed((name) => name.replace(P, '')), ['nothing', 'same']],
  ['the bare backbone', renamed((name) => name.replace('model.layers', 'layers')), ['nothing', 'same']],
  ['another adapter name', renamed((name) => name.replace(/(lora_[AB])/, '$1.other')), nothing],
  [
    'half with the adapter name',
    renamed((name) => (name.includes('layers.0.') ? name.replace(/(lora_[AB])/, '$1.default') : name)),
    ['same', 'other'],
  ],
  ['another file name', { file: '/a/adapter.safetensors' }, refused],
];

/** What vLLM 0.32.0 did with them; it refused all others. */
const IN_VLLM: Readonly<Partial<Record<LoadVerdict, readonly string[]>>> = {
  same: [
    'plain',
    'r 4.0',
    'no dropout',
    'dropout null',
    'dropout 2',
    'peft_type as the enum prints',
    'task_type unknown',
    'task_type null',
    'init gaussian',
    'init false, all tensors',
    'init false, half the tensors',
    'init null, half the tensors',
    'half the tensors',
    'targets empty',
    'targets null',
    'targets that the model lacks',
    'targets with a container',
    'targets with a norm',
    'a pattern that matches a container',
    'excluded modules',
    'one layer',
    'parameters that the model lacks',
    'token rows that are missing',
    'a saved head that the model lacks',
    'the prefix three times',
    'without the prefix',
  ],
  other: ['A and B that do not fit', 'B with fewer rows'],
  nothing: ['_orig_mod', 'module. in front', 'the bare backbone'],
};
const inVllm = (title: string): LoadVerdict =>
  LOAD_VERDICTS.find((verdict) => IN_VLLM[verdict]?.includes(title)) ?? 'refused';

describe('cases that PEFT, transformers and vLLM were run on', () => {
  for (const [title, edit, ran] of CASES) {
    it(title, () => {
      const config =
        typeof edit.config === 'string' ? edit.config : JSON.stringify({ ...CONFIG, ...edit.config });
      const changed = new Map(PLAIN.map((tensor) => [tensor.name, tensor]));
      for (const name of edit.without ?? []) changed.delete(name);
      for (const tensor of edit.with ?? []) changed.set(tensor.name, tensor);
      const tensors = [...changed.values()].map((tensor) => ({
        ...tensor,
        name: edit.rename?.(tensor.name) ?? tensor.name,
      }));
      const loose = readLooseAdapter({
        weightsFile: edit.file ?? '/a/adapter_model.safetensors',
        configFile: '/a/adapter_config.json',
        configText: config,
        header: headerOf(tensors),
      });
      const checks = checkLoad({ ...loose, model: MODEL }, ['peft', 'transformers', 'vllm']);
      assert.deepEqual(
        checks.map(({ verdict }) => verdict),
        [...ran, inVllm(title)],
      );
    });
  }
});
