import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SploraError } from '../../../../src/core/errors';
import { adapterOf, mlxPair, peftPair } from '../../../support/adapterFixture';
import { thrownData } from '../../../support/rejection';
import type { TestTensor } from '../../../support/safetensorsBytes';
import { english } from '../../../support/english';

const Q = 'model.layers.0.self_attn.q_proj';
const V = 'model.layers.0.self_attn.v_proj';

describe('readAdapter', () => {
  it('sorts modules naturally and computes alpha/r', () => {
    const tensors = [10, 2, 1].flatMap((layer) => peftPair(`h.${layer}.q`, 6, 4, 2));
    const adapter = adapterOf(tensors, {
      peft_type: 'LORA',
      r: 2,
      lora_alpha: 8.0,
      base_model_name_or_path: 'a/b',
    });
    assert.deepEqual(
      adapter.modules.map(({ name, scale }) => [name, scale]),
      [
        ['h.1.q', 4],
        ['h.2.q', 4],
        ['h.10.q', 4],
      ],
    );
    assert.deepEqual(
      [adapter.family, adapter.alignedHint, adapter.fanInFanOut, adapter.notes],
      ['peft', 'a/b', false, []],
    );
  });

  it('divides by the square root with rsLoRA', () => {
    const [module] = adapterOf(peftPair(Q, 6, 4, 4), { r: 4, lora_alpha: 16, use_rslora: true }).modules;
    assert.equal(module?.scale, 8);
  });

  it('takes alpha from the first pattern that matches and the rank from the weights', () => {
    const tensors = [...peftPair(Q, 6, 4, 2), ...peftPair(V, 6, 4, 3)];
    const config = {
      r: 2,
      lora_alpha: 8,
      rank_pattern: { v_proj: 3 },
      alpha_pattern: { 'self_attn\\.v.*': 30, v_proj: 9 },
    };
    const adapter = adapterOf(tensors, config);
    assert.deepEqual(
      adapter.modules.map(({ rank, scale }) => [rank, scale]),
      [
        [2, 4],
        [3, 10],
      ],
    );
    assert.deepEqual(adapter.notes, []);
  });

  it('follows the weights where the config gives another rank, and says so', () => {
    const adapter = adapterOf(peftPair(Q, 6, 4, 2), { r: 16, lora_alpha: 16 });
    assert.deepEqual(
      adapter.modules.map(({ rank, scale }) => [rank, scale]),
      [[2, 8]],
    );
    assert.match(english(adapter.notes[0]), /another rank than the weights of "model\.layers\.0/);
  });

  it('does not score a module whose alpha cannot be known', () => {
    const adapter = adapterOf([...peftPair(Q), ...peftPair(V)], {
      r: 2,
      alpha_pattern: { v_proj: 4, '(?<!v)q_proj': 1 },
    });
    const [q, v] = adapter.modules;
    assert.match(english(q?.unsupported), /alpha_pattern entry .* cannot be evaluated/);
    assert.equal(v?.unsupported, undefined);
    assert.match(english(adapter.notes[0]), /cannot be evaluated: look-behind/);
  });

  it("takes PEFT's defaults without a config, and says so", () => {
    const adapter = adapterOf(peftPair(Q, 6, 4, 8));
    assert.equal(adapter.modules[0]?.scale, 1);
    assert.equal(adapter.configFile, undefined);
    assert.match(english(adapter.notes[0]), /no adapter_config\.json/);
  });

  it('drops wrapper prefixes and the adapter name from module names', () => {
    const tensors = [
      { name: `_orig_mod.base_model.model.${Q}.lora_A.default.weight`, shape: [2, 4] },
      { name: `_orig_mod.base_model.model.${Q}.lora_B.default.weight`, shape: [6, 2] },
    ];
    assert.deepEqual(
      adapterOf(tensors, { r: 2 }).modules.map(({ name }) => name),
      [Q],
    );
  });

  it('gives a module all tensors that go with it', () => {
    const tensors = [
      ...peftPair(Q),
      { name: `base_model.model.${Q}.lora_B.bias`, shape: [6] },
      { name: `base_model.model.${Q}.base_layer.bias`, shape: [6] },
      { name: 'base_model.model.norm.bias', shape: [6] },
    ];
    const adapter = adapterOf(tensors, { r: 2, bias: 'all', lora_bias: true });
    assert.equal(adapter.modules[0]?.tensors.length, 4);
    assert.deepEqual(
      adapter.replacements.map(({ name, module }) => [name, module]),
      [
        [`${Q}.bias`, Q],
        ['norm.bias', undefined],
      ],
    );
  });

  it('declines to score DoRA, by tensor or by config, and keeps magnitude with the module', () => {
    const magnitude = { name: `base_model.model.${Q}.lora_magnitude_vector`, shape: [6] };
    const adapter = adapterOf([...peftPair(Q), ...peftPair(V), magnitude], { r: 2 });
    assert.deepEqual(
      adapter.modules.map(({ unsupported }) => english(unsupported).startsWith('DoRA')),
      [true, false],
    );
    assert.equal(adapter.modules[0]?.tensors.length, 3);
    assert.match(english(adapterOf(peftPair(Q), { r: 2, use_dora: true }).modules[0]?.unsupported), /DoRA/);
    const mlx = adapterOf([...mlxPair('q'), { name: 'q.m', shape: [6] }], {
      lora_parameters: { rank: 2, scale: 1 },
    });
    assert.match(english(mlx.modules[0]?.unsupported), /DoRA/);
    assert.equal(mlx.modules[0]?.tensors.length, 3);
  });

  for (const [field, value] of [
    ['init_lora_weights', 'pissa'],
    ['init_lora_weights', 'olora'],
    ['init_lora_weights', 'corda'],
    ['init_lora_weights', 'loftq'],
    ['layer_replication', [[0, 2]]],
    ['alora_invocation_tokens', [1]],
    ['kasa_config', {}],
    ['use_qalora', true],
  ] as const) {
    it(`lists every module as unsupported with ${field} ${JSON.stringify(value)}`, () => {
      const { modules } = adapterOf([...peftPair(Q), ...peftPair(V)], { r: 2, [field]: value });
      assert.ok(modules.every(({ unsupported }) => english(unsupported).endsWith('.')));
    });
  }

  it('lists block-diagonal factors whose sizes do not pair', () => {
    const tensors = [
      { name: 'q.lora_A.weight', shape: [4, 4] },
      { name: 'q.lora_B.weight', shape: [6, 2] },
    ];
    assert.match(
      english(adapterOf(tensors, { r: 4, use_bdlora: { nblocks: 2 } }).modules[0]?.unsupported),
      /BD-LoRA/,
    );
  });

  it('carries LoRA of parameters, and declines an adapter of nothing else', () => {
    const experts: TestTensor[] = [
      { name: 'base_model.model.l.0.mlp.experts.base_layer.lora_A.weight', shape: [8, 32] },
      { name: 'base_model.model.l.0.mlp.experts.base_layer.lora_B.weight', shape: [96, 8] },
      { name: 'base_model.model.l.0.mlp.experts.lora_A.weight', shape: [8, 48] },
      { name: 'base_model.model.l.0.mlp.experts.lora_B.weight', shape: [32, 8] },
    ];
    const config = { r: 2, target_parameters: ['mlp.experts.gate_up_proj', 'mlp.experts.down_proj'] };
    const adapter = adapterOf([...peftPair(Q), ...experts], config);
    assert.deepEqual(
      adapter.modules.map(({ name }) => name),
      [Q],
    );
    assert.equal(adapter.carried.length, 4);
    assert.ok(adapter.carried.every(({ reason }) => english(reason).includes('target_parameters')));
    assert.match(
      english(thrownData(() => adapterOf(experts, config), 'unsupported-adapter').message),
      /target_parameters/,
    );
  });

  it('reads fused, per-expert and VLM modules under their own names', () => {
    const names = [
      'transformer.h.0.attn.c_attn',
      'model.layers.0.mlp.experts.7.down_proj',
      'model.layers.0.block_sparse_moe.experts.0.w1',
      'model.language_model.layers.0.self_attn.qkv_proj',
      'language_model.model.layers.0.q_proj',
    ];
    const { modules } = adapterOf(
      names.flatMap((name) => peftPair(name)),
      { r: 2 },
    );
    assert.deepEqual(modules.map(({ name }) => name).sort(), [...names].sort());
    assert.ok(modules.every(({ unsupported }) => unsupported === undefined));
  });

  it('reads MLX: plain scale, and notes what is not used', () => {
    const adapter = adapterOf(mlxPair(Q), {
      model: 'm',
      lora_parameters: { rank: 4, scale: 10, alpha: 16, dropout: 0 },
      num_layers: 4,
    });
    assert.deepEqual([adapter.family, adapter.alignedHint, adapter.modules[0]?.scale], ['mlx', 'm', 10]);
    assert.equal(adapter.notes.length, 2);
    assert.match(adapter.notes.map(english).join(' '), /alpha is ignored.*another rank/);
  });

  it('declines by name what it does not read', () => {
    const shape = [2, 2];
    const cases: readonly (readonly [readonly TestTensor[], object | undefined, RegExp])[] = [
      [peftPair(Q), { peft_type: 'LOHA' }, /peft_type "LOHA"/],
      [[{ name: 'prompt_embeddings', shape }], { peft_type: 'PROMPT_TUNING' }, /PROMPT_TUNING/],
      [[{ name: 'w_a_000', shape }], undefined, /names of its own/],
      [
        [{ name: 'model.layers.0.q_proj.weight', shape }],
        { fine_tune_type: 'full' },
        /fine_tune_type "full"/,
      ],
      [[{ name: 'model.layers.0.q_proj.weight', shape }], undefined, /no LoRA pair/],
      [[], { r: 8 }, /no tensors/],
      [[...peftPair(Q), ...mlxPair(V)], undefined, /mixes PEFT tensors/],
    ];
    for (const [tensors, config, message] of cases) {
      assert.match(
        english(thrownData(() => adapterOf(tensors, config), 'unsupported-adapter').message),
        message,
      );
    }
  });

  it('is not held up by a config of hostile patterns', () => {
    const alpha_pattern = Object.fromEntries(
      Array.from({ length: 2_000 }, (_, i) => [`(.*a){5}(.*b)*${i}`, 1]),
    );
    const tensors = Array.from({ length: 200 }, (_, i) => peftPair(`${'ab'.repeat(200)}.${i}`)).flat();
    const adapter = adapterOf(tensors, { r: 2, alpha_pattern });
    assert.ok(adapter.modules.some(({ unsupported }) => english(unsupported).includes('too costly')));
  });

  it('reads or refuses any tensors and any config, and loses no tensor', () => {
    const part = fc.constantFrom(
      'lora_A.weight',
      'lora_B.weight',
      'lora_A.x.weight',
      'lora_B.bias',
      'lora_embedding_A',
      'lora_embedding_B',
      'lora_magnitude_vector',
      'base_layer.weight',
      'lora_a',
      'lora_b',
      'm',
      'weight',
      'bias',
    );
    const tensor = fc.record({
      name: fc
        .tuple(fc.constantFrom('q', 'base_model.model.q', 'v', 'm.embed_tokens', '__proto__', ''), part)
        .map((parts) => parts.join('.')),
      shape: fc.array(fc.nat(3), { maxLength: 4 }),
    });
    const field = fc.constantFrom(
      'r',
      'lora_alpha',
      'alpha_pattern',
      'use_dora',
      'modules_to_save',
      'init_lora_weights',
      'lora_parameters',
      'target_parameters',
    );
    const value = fc.oneof(fc.jsonValue(), fc.constant({ q: 4 }), fc.constant(['q']), fc.constant(4));
    const tensors = fc.uniqueArray(tensor, { maxLength: 6, selector: ({ name }) => name });
    fc.assert(
      fc.property(tensors, fc.dictionary(field, value), (list, config) => {
        try {
          const { modules, replacements, carried } = adapterOf(list, config);
          const whole = [...replacements.filter(({ module }) => module === undefined), ...carried];
          const named = [...modules.flatMap((module) => module.tensors), ...whole.map((one) => one.tensor)];
          assert.deepEqual(named.map(({ name }) => name).sort(), list.map(({ name }) => name).sort());
          const rows = [...modules, ...replacements].map(({ name }) => name);
          assert.equal(new Set(rows).size, rows.length);
        } catch (error) {
          if (!(error instanceof SploraError)) throw error;
          assert.notEqual(error.data.code, 'internal');
        }
      }),
      { numRuns: 500 },
    );
  });
});
