import assert from 'node:assert/strict';
import { english } from '../../../support/english';
import { CLEAN_CHECK, checkerOf, messages } from '../../../support/checkOne';
import { mlxPair, peftPair, Q, V, PAIRS } from '../../../support/adapterFixture';
import { checkpointOf } from '../../../support/checkpointOf';
import type { TestTensor } from '../../../support/safetensorsBytes';

const GOOD = { peft_type: 'LORA', r: 2, lora_alpha: 4, target_modules: ['q_proj', 'v_proj'] };

const check = checkerOf('peft');

describe('rules of PEFT', () => {
  it('attaches every module of a plain adapter', () => {
    assert.deepEqual(check(GOOD), { ...CLEAN_CHECK, loader: 'peft', attached: [Q, V] });
  });

  it('fails without a config or peft_type, with MLX, and where ranks differ', () => {
    assert.match(messages(check(undefined)), /no adapter_config\.json/);
    assert.match(messages(check({ ...GOOD, peft_type: undefined })), /no "peft_type"/);
    assert.match(messages(check({ lora_parameters: { scale: 1 } }, mlxPair(Q))), /MLX adapter/);
    const other = check({ ...GOOD, r: 4 });
    assert.equal(other.verdict, 'refused');
    assert.match(messages(other), /size mismatch/);
    assert.deepEqual(other.attached, []);
    assert.equal(check({ ...GOOD, r: 4, rank_pattern: { q_proj: 2, v_proj: 2 } }).verdict, 'same');
  });

  it('says which versions drop which fields', () => {
    const config = { ...GOOD, use_bdlora: null, target_parameters: ['mlp.experts.x'], my_field: 1 };
    assert.deepEqual(
      check(config).findings.map(({ severity, versions, message }) => [
        severity,
        versions && english(versions),
        english(message),
      ]),
      [
        [
          'note',
          undefined,
          'PEFT up to 0.21 does not know these fields and drops them with a warning: "my_field".',
        ],
        ['note', 'before 0.17', 'PEFT before 0.17 drops "target_parameters" with a warning.'],
      ],
    );
  });

  it('says that it does not look through very many names of layers', () => {
    const layers_pattern = Array.from({ length: 101 }, (_, i) => `h${i}`);
    const text = messages(check({ ...GOOD, layers_to_transform: [0], layers_pattern }));
    assert.match(text, /layers_pattern has 101 different names; more than 100/);
  });

  it('lists modules that would silently not attach: untargeted, wrong key, other prefix in the model', () => {
    const untargeted = check({ ...GOOD, target_modules: ['q_proj'] });
    assert.deepEqual([untargeted.verdict, untargeted.attached], ['other', [Q]]);
    assert.match(english(untargeted.silent[0]?.reason), /target_modules does not match it/);
    const wrapped = peftPair(Q).map((tensor) => ({
      ...tensor,
      name: tensor.name.replace('model.model', 'model._orig_mod.model'),
    }));
    assert.match(english(check(GOOD, wrapped).silent[0]?.reason), /PEFT expects the key/);
    const vlm = checkpointOf({ [`model.language_${Q}.weight`]: [6, 4] });
    assert.match(
      english(check(GOOD, peftPair(Q), vlm).silent[0]?.reason),
      /Prefix mismatch: the model calls it "model\.language_model/,
    );
  });

  it('does not call silent what it cannot evaluate', () => {
    const behind = check({ ...GOOD, target_modules: '.*(?<!k)_proj' });
    assert.deepEqual([behind.verdict, behind.attached, behind.silent], ['unknown', [], []]);
    assert.deepEqual(
      behind.unsure.map(({ module }) => module),
      [Q, V],
    );
    assert.match(english(behind.unsure[0]?.reason), /cannot be evaluated here; PEFT may attach it/);
    const ahead = check({ ...GOOD, target_modules: '^(?!.*visual).*(q_proj|v_proj)$' });
    assert.deepEqual([ahead.verdict, ahead.attached], ['same', [Q, V]]);
  });

  it('fails where the model has nothing that is targeted, under no prefix', () => {
    const model = checkpointOf({ 'layers.0.mlp.up_proj.weight': [6, 4] });
    const none = check({ ...GOOD, target_modules: [Q] }, peftPair(Q), model);
    assert.equal(none.verdict, 'refused');
    assert.match(messages(none), /The model has none of the target_modules/);
    assert.match(messages(check({ ...GOOD, target_modules: [] })), /an empty list: PEFT finds no modules/);
    const dummy = check({ ...GOOD, target_modules: 'dummy-target-modules' }, peftPair(Q), model);
    assert.deepEqual([dummy.verdict, dummy.attached], ['nothing', []]);
    const bare = checkpointOf({ 'layers.0.self_attn.q_proj.weight': [6, 4] });
    assert.equal(check({ ...GOOD, target_modules: [Q] }, peftPair(Q), bare).verdict, 'same');
  });

  it('says which modules PEFT would fill at random', () => {
    const model = checkpointOf({
      [`${Q}.weight`]: [6, 4],
      [`${V}.weight`]: [6, 4],
      'lm_head.weight': [9, 4],
    });
    for (const target_modules of [GOOD.target_modules, 'all-linear']) {
      const random = check({ ...GOOD, target_modules, init_lora_weights: false }, peftPair(Q), model);
      assert.equal(random.verdict, 'other');
      assert.match(messages(random), /lacks tensors of modules.* random updates \(1\).*v_proj/);
    }
    const whole = check({ ...GOOD, init_lora_weights: false }, undefined, model);
    assert.deepEqual([whole.verdict, whole.findings], ['same', []]);
  });

  it('says which modules are created for nothing', () => {
    const model = checkpointOf({ [`${Q}.weight`]: [6, 4], [`${V}.weight`]: [6, 4] });
    assert.match(
      messages(check(GOOD, peftPair(Q), model)),
      /also creates modules that the file has no tensors for \(1\)/,
    );
  });
});

describe('rules of PEFT for values', () => {
  const refused = (config: object): (string | undefined)[] =>
    check({ peft_type: 'LORA', r: 2, target_modules: ['q'], ...config }, peftPair('a.q')).findings.flatMap(
      ({ field, severity }) => (severity === 'error' ? [field] : []),
    );

  it('takes what PEFT takes', () => {
    assert.deepEqual(refused({}), []);
    assert.deepEqual(
      refused({
        task_type: 'CAUSAL_LM',
        target_modules: '.*q_proj',
        layers_to_transform: null,
        layers_pattern: null,
        lora_bias: true,
        init_lora_weights: true,
        use_dora: false,
      }),
      [],
    );
    assert.deepEqual(refused({ target_modules: ['q'], layers_to_transform: [0], layers_pattern: 'h' }), []);
    assert.deepEqual(refused({ target_modules: ['q'], layers_pattern: [] }), []);
    assert.deepEqual(refused({ init_lora_weights: 'loftq', loftq_config: { loftq_bits: 4 } }), []);
  });

  it('names each field of which LoraConfig raises an error', () => {
    assert.deepEqual(refused({ task_type: 'causal_lm' }), ['task_type']);
    assert.deepEqual(refused({ target_modules: 'q', layers_to_transform: [], layers_pattern: [] }), [
      'layers_to_transform',
      'layers_pattern',
    ]);
    assert.deepEqual(refused({ target_modules: ['q'], layers_pattern: 'h' }), ['layers_pattern']);
    assert.deepEqual(refused({ lora_bias: true, use_dora: true }), ['lora_bias']);
    assert.deepEqual(refused({ lora_bias: true, init_lora_weights: 'gaussian' }), ['lora_bias']);
    assert.deepEqual(refused({ use_dora: true, megatron_config: { x: 1 } }), ['megatron_config']);
    assert.deepEqual(refused({ init_lora_weights: 'loftq', loftq_config: {} }), ['loftq_config']);
  });
});

describe('rules of PEFT for magnitudes and biases', () => {
  const magnitude = (module: string, length = 6): TestTensor => ({
    name: `base_model.model.${module}.lora_magnitude_vector`,
    shape: [length],
  });
  const bias = (module: string, length = 6): TestTensor => ({
    name: `base_model.model.${module}.lora_B.bias`,
    shape: [length],
  });

  const findings = (config: object, ...beside: TestTensor[]): string[] =>
    check({ ...GOOD, ...config }, [...PAIRS, ...beside]).findings.map(
      ({ severity, field, message }) => `${severity} ${field ?? ''}: ${english(message)}`,
    );

  it('says nothing of adapters that have none, or all of them', () => {
    assert.deepEqual(findings({}), []);
    assert.deepEqual(findings({ use_dora: true }, magnitude(Q), magnitude(V)), []);
    assert.deepEqual(findings({ lora_bias: true }, bias(Q), bias(V)), []);
  });

  it('finds lengths that are not those of the rows', () => {
    assert.match(
      findings({ use_dora: true }, magnitude(Q, 7), magnitude(V)).join(),
      /^error : .*q_proj.*size mismatch/,
    );
    assert.match(
      findings({ lora_bias: true }, bias(Q), bias(V, 9)).join(),
      /^error : .*v_proj.*size mismatch/,
    );
  });

  it('finds those that are missing though the field is set', () => {
    assert.match(
      findings({ use_dora: true }, magnitude(Q)).join(),
      /^silent use_dora: .*no DoRA magnitudes for .*v_proj/,
    );
    assert.match(
      findings({ lora_bias: true }, bias(V)).join(),
      /^note lora_bias: .*no biases of lora_B for .*q_proj/,
    );
  });

  it('finds those that PEFT drops since the field is not set', () => {
    assert.match(
      findings({}, bias(Q)).join(),
      /^silent lora_bias: .*"lora_bias" is not set: PEFT drops them/,
    );
    assert.match(findings({ use_dora: false }, magnitude(V)).join(), /^silent use_dora: .*PEFT drops them/);
  });

  it('knows embeddings to have no bias', () => {
    const config = { ...GOOD, lora_bias: true, target_modules: ['wte'] };
    const embedding = [
      { name: 'base_model.model.wte.lora_embedding_A', shape: [2, 30] },
      { name: 'base_model.model.wte.lora_embedding_B', shape: [4, 2] },
    ];
    assert.deepEqual(check(config, embedding).findings, []);
  });
});
