import assert from 'node:assert/strict';
import { adapterOf, mlxPair, peftPair, Q, V, PAIRS } from '../../../support/adapterFixture';
import { thrownData } from '../../../support/rejection';
import type { TestTensor } from '../../../support/safetensorsBytes';
import { english } from '../../../support/english';

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
    assert.match(
      english(adapter.notes[0]),
      /rank in the config differs from the weights of "model\.layers\.0/,
    );
  });

  it("takes PEFT's defaults without a config, and says so", () => {
    const adapter = adapterOf(peftPair(Q, 6, 4, 8));
    assert.equal(adapter.modules[0]?.scale, 1);
    assert.equal(adapter.configFile, undefined);
    assert.match(english(adapter.notes[0]), /no adapter_config\.json/);
  });

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

  it('reads MLX: plain scale, and notes what is not used', () => {
    const adapter = adapterOf(mlxPair(Q), {
      model: 'm',
      lora_parameters: { rank: 4, scale: 10, alpha: 16, dropout: 0 },
      num_layers: 4,
    });
    assert.deepEqual([adapter.family, adapter.alignedHint, adapter.modules[0]?.scale], ['mlx', 'm', 10]);
    assert.equal(adapter.notes.length, 2);
    assert.match(adapter.notes.map(english).join(' '), /alpha is ignored.*differs from the weights/);
  });

  it('declines by name what it does not read', () => {
    const shape = [2, 2];
    const cases: readonly (readonly [readonly TestTensor[], object | undefined, RegExp])[] = [
      [peftPair(Q), { peft_type: 'LOHA' }, /peft_type "LOHA"/],
      [[{ name: 'prompt_embeddings', shape }], { peft_type: 'PROMPT_TUNING' }, /PROMPT_TUNING/],
      [[{ name: 'w_a_000', shape }], undefined, /custom tensor names/],
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
      thrownData(() => adapterOf(tensors, config), 'unsupported-adapter', message);
    }
  });

  it('declines to score DoRA, by tensor or by config, and keeps magnitude with the module', () => {
    const magnitude = { name: `base_model.model.${Q}.lora_magnitude_vector`, shape: [6] };
    const adapter = adapterOf([...PAIRS, magnitude], { r: 2 });
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

  it('carries LoRA of unknown parameters, and declines an adapter of nothing else', () => {
    const experts: TestTensor[] = [
      { name: 'base_model.model.l.0.mlp.experts.base_layer.lora_A.weight', shape: [8, 32] },
      { name: 'base_model.model.l.0.mlp.experts.base_layer.lora_B.weight', shape: [96, 8] },
      { name: 'base_model.model.l.0.mlp.experts.lora_A.weight', shape: [8, 48] },
      { name: 'base_model.model.l.0.mlp.experts.lora_B.weight', shape: [32, 8] },
    ];
    const config = { r: 2, target_parameters: ['mlp.experts.w13', 'mlp.experts.w2'] };
    const adapter = adapterOf([...peftPair(Q), ...experts], config);
    assert.deepEqual(
      adapter.modules.map(({ name }) => name),
      [Q],
    );
    assert.equal(adapter.carried.length, 4);
    assert.ok(adapter.carried.every(({ reason }) => english(reason).includes('target_parameters')));
    thrownData(() => adapterOf(experts, config), 'unsupported-adapter', /target_parameters/);
  });
});
