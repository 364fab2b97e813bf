import assert from 'node:assert/strict';
import { english } from '../../../support/english';
import type { LoaderCheck } from '../../../../src/core/check/types';
import { adapterOf, mlxPair, peftPair, Q, V } from '../../../support/adapterFixture';
import { checkerOf, messages } from '../../../support/checkOne';
import { expectedModules } from '../../../../src/core/check/vllmModules';
import { checkpointOf, type TensorShapes } from '../../../support/checkpointOf';

const GOOD = { r: 2, lora_alpha: 4, target_modules: ['q_proj'] };

const check = checkerOf('vllm');
const errors = (result: LoaderCheck): string => messages(result, 'error');

describe('rules of vLLM', () => {
  it('attaches what is plain, and warns of names without a model', () => {
    const result = check(GOOD);
    assert.deepEqual([result.verdict, result.attached], ['same', [Q, V]]);
    assert.match(english(result.findings[0]?.message), /silently answers with the plain base model/);
  });

  it('refuses what PEFTHelper refuses', () => {
    assert.match(errors(check({ r: 2 })), /no field "lora_alpha".*\n.*"target_modules"/);
    for (const [field, value] of [
      ['use_dora', true],
      ['bias', 'all'],
      ['modules_to_save', ['lm_head']],
      ['lora_bias', true],
      ['alora_invocation_tokens', [1]],
      ['layer_replication', [[0, 1]]],
      ['use_qalora', true],
      ['use_bdlora', { nblocks: 2 }],
      ['init_lora_weights', 'pissa_niter_4'],
      ['init_lora_weights', 'an init of tomorrow'],
    ] as const) {
      const result = check({ ...GOOD, [field]: value });
      assert.equal(result.verdict, 'refused', field);
      assert.deepEqual(
        result.findings.filter(({ severity }) => severity === 'error').map((finding) => finding.field),
        [field],
      );
    }
    assert.equal(
      check({ ...GOOD, modules_to_save: ['score'] }, [
        ...peftPair(Q),
        { name: 'base_model.model.score.weight', shape: [2, 4] },
      ]).verdict,
      'same',
    );
    assert.match(
      errors(check(GOOD, [...peftPair(Q), { name: `base_model.model.${Q}.lora_B.bias`, shape: [6] }])),
      /does not accept tensors other than/,
    );
    assert.match(errors(check({}, mlxPair(Q))), /MLX adapter/);
    for (const init of [true, false, 'gaussian', 'EVA', 'orthogonal', 'mica', 'lora_ga'])
      assert.equal(check({ ...GOOD, init_lora_weights: init }).verdict, 'same', String(init));
    assert.equal(check({ ...GOOD, target_modules: null }).verdict, 'same');
  });

  it('skips saved weights of two embeddings, and refuses all other base weights', () => {
    const saved = (name: string): LoaderCheck =>
      check(GOOD, [...peftPair(Q), { name: `base_model.model.${name}.base_layer.weight`, shape: [8, 4] }]);
    const known = saved('model.embed_tokens');
    assert.equal(known.verdict, 'same');
    assert.match(english(known.findings[0]?.message), /newer versions skip them/);
    assert.match(errors(saved('transformer.wte')), /does not accept tensors other than.*wte/);
  });

  it('says what one global scale and the rank limit do', () => {
    const mixed = check({ ...GOOD, alpha_pattern: { v_proj: 8 } });
    assert.equal(mixed.verdict, 'same');
    const ignored = mixed.findings.find(({ field }) => field === 'alpha_pattern');
    assert.equal(english(ignored?.versions), 'before 0.32');
    assert.match(
      english(ignored?.message),
      /ignores rank_pattern and alpha_pattern.*v_proj.*get the scale 2/,
    );
    assert.match(
      english(check({ ...GOOD, r: 40, lora_alpha: 80 }, peftPair(Q, 6, 4, 40)).findings[0]?.message),
      /--max-lora-rank 64/,
    );
    assert.match(errors(check({ ...GOOD, r: 600 }, peftPair(Q, 6, 4, 600))), /supports at most 512/);
    // Entries of rank_pattern count though they match no module.
    assert.match(
      english(check({ ...GOOD, rank_pattern: { x: 200 } }).findings[0]?.message),
      /--max-lora-rank 256/,
    );
  });

  it('lists keys whose wrapper prefix vLLM takes for a part of the name', () => {
    const wrapped = peftPair(Q).map((tensor) => ({
      ...tensor,
      name: tensor.name.replace('base_model.model.', 'base_model.model._orig_mod.'),
    }));
    assert.match(
      english(check(GOOD, wrapped).silent[0]?.reason),
      /as the layer name, and no layer has that name/,
    );
    const bare = peftPair(Q).map((tensor) => ({
      ...tensor,
      name: tensor.name.replace('base_model.model.', ''),
    }));
    assert.deepEqual(check(GOOD, bare).silent, []);
  });
});

describe('expectedModules', () => {
  const T5 = 'encoder.block.0.layer.0.SelfAttention.q';

  function told(names: readonly string[], model?: TensorShapes): string[] {
    const adapter = adapterOf(
      names.flatMap((name) => peftPair(name)),
      { peft_type: 'LORA', r: 2 },
    );
    const { lacking, uncommon } = expectedModules({
      adapter,
      ...(model === undefined ? {} : { model: checkpointOf(model) }),
    });
    return [...lacking.map((name) => `error: ${name}`), ...uncommon.map((name) => `note: ${name}`)];
  }

  it('says nothing of names that common classes have', () => {
    assert.deepEqual(told([Q, 'lm_head', 'transformer.h.0.attn.c_attn', 'h.0.mlp.dense_4h_to_h']), []);
  });

  it('warns of others where no model is given, and where the model has them', () => {
    assert.match(
      told([T5, 'foo.bar.nosuchlayer']).join(),
      /^note: .*SelfAttention\.q,note: foo\.bar\.nosuchlayer/,
    );
    assert.match(told([T5], { [`${T5}.weight`]: [6, 4] }).join(), /^note: .*q$/);
  });

  it('refuses what the model has no layer for', () => {
    const model = { [`${Q}.weight`]: [6, 4], 'model.layers.0.input_layernorm.weight': [4] };
    assert.deepEqual(told([Q], model), []);
    assert.match(told([Q, T5], model).join(), /^error: .*SelfAttention\.q/);
    assert.match(told(['model.layers.0.input_layernorm'], model).join(), /^error/);
    assert.match(told(['h.0.attn.c_attn'], model).join(), /^error/);
  });

  it('leaves out experts and tied heads, and knows quantized layers', () => {
    const model = { 'model.layers.0.self_attn.q_proj.qweight': [6, 4] };
    assert.deepEqual(told([Q, 'lm_head', 'model.layers.0.mlp.experts.3.w9'], model), []);
  });
});

describe('classes of vLLM', () => {
  const onto = (name: string, module = Q): string =>
    check(
      GOOD,
      peftPair(module),
      checkpointOf({ [`${module}.weight`]: [6, 4] }, { architectures: [name], tiedEmbeddings: false }),
    ).verdict;

  it('take LoRA or not, and for heads or not', () => {
    assert.equal(onto('LlamaForCausalLM'), 'same');
    assert.equal(onto('GPT2LMHeadModel'), 'refused');
    assert.equal(onto('LlamaForCausalLM', 'lm_head'), 'same');
    assert.equal(onto('Qwen2ForCausalLM', 'lm_head'), 'refused');
    assert.equal(onto('Gemma2ForCausalLM', 'model.embed_tokens'), 'refused');
    assert.equal(onto('ClassOfTomorrow'), 'unknown');
  });

  it('says without a model what class the config or the names show', () => {
    const of = (module: string, config: object = {}): LoaderCheck =>
      check({ ...GOOD, ...config }, peftPair(module));
    const mapped = { auto_mapping: { base_model_class: 'GPT2LMHeadModel' } };
    assert.equal(of(Q, mapped).verdict, 'refused');
    assert.equal(
      of(Q, { auto_mapping: { base_model_class: 'ViTForImageClassification' } }).verdict,
      'unknown',
    );
    assert.equal(of('gpt_neox.layers.0.attention.query_key_value').verdict, 'unknown');
    assert.equal(of('encoder.block.0.layer.0.SelfAttention.q').verdict, 'unknown');
    assert.equal(of(Q, { auto_mapping: null }).verdict, 'same');
  });
});
