import assert from 'node:assert/strict';
import { checkLoad } from '../../../../src/core/check/checkLoad';
import { adapterOf, mlxPair, peftPair, Q } from '../../../support/adapterFixture';
import { english } from '../../../support/english';
import { nameMismatch, otherShapes } from '../../../../src/core/check/model';
import { checkpointOf, type TensorShapes } from '../../../support/checkpointOf';
import { LOADERS, type RuleValues } from '../../../../src/core/check/types';
import type { TestTensor } from '../../../support/safetensorsBytes';

describe('checkLoad', () => {
  it('asks the loaders of the family, or those named, once each', () => {
    const peft = { adapter: adapterOf(peftPair('q'), '{}') };
    const asked = (...given: Parameters<typeof checkLoad>): string[] =>
      checkLoad(...given).map(({ loader }) => loader);
    assert.deepEqual(asked(peft), ['peft', 'vllm']);
    assert.deepEqual(asked(peft, ['mlx', 'mlx']), ['mlx']);
    assert.deepEqual(asked(peft, LOADERS), [...LOADERS]);
    assert.deepEqual(asked({ adapter: adapterOf(mlxPair('q'), '{}') }), ['mlx']);
  });
});

describe('nameMismatch', () => {
  function mismatch(module: string, ...tensors: readonly string[]): string | undefined {
    const adapter = adapterOf(peftPair(module), {});
    const model = checkpointOf(Object.fromEntries(tensors.map((tensor) => [tensor, [6, 4]])));
    const [only] = adapter.modules;
    assert.ok(only);
    const message = nameMismatch(only, { adapter, model });
    return message && english(message);
  }

  it('takes the same name, and a backbone saved without its prefix', () => {
    assert.equal(mismatch('model.layers.0.mlp.up_proj', 'model.layers.0.mlp.up_proj.weight'), undefined);
    assert.equal(mismatch('transformer.h.0.attn.c_fc', 'h.0.attn.c_fc.weight'), undefined);
  });

  it('names what the model calls it under another prefix, and what it does not have', () => {
    assert.match(mismatch('h.0.attn.c_fc', 'transformer.h.0.attn.c_fc.weight') ?? '', /^Prefix mismatch/);
    assert.match(
      mismatch('model.layers.0.mlp.up_proj', 'model.language_model.layers.0.mlp.up_proj.weight') ?? '',
      /^Prefix mismatch/,
    );
    assert.match(mismatch('model.layers.0.mlp.up_proj', 'x.weight') ?? '', /has no tensor/);
  });

  it('takes a tied head', () => {
    assert.equal(mismatch('lm_head', 'model.embed_tokens.weight'), undefined);
  });
});

describe('otherShapes', () => {
  const CONFIG = { peft_type: 'LORA', r: 2, lora_alpha: 4, target_modules: ['q_proj'] };

  const shapesOf = (values: RuleValues): string =>
    typeof values === 'object' && typeof values[0] === 'object' ? english(values[0]) : '';

  const told = (tensors: readonly TestTensor[], model: TensorShapes, config: object = CONFIG): string =>
    shapesOf(otherShapes({ adapter: adapterOf(tensors, config), model: checkpointOf(model) }));

  it('fails every loader where the weight of that name has another shape', () => {
    const model = checkpointOf({ [`${Q}.weight`]: [5, 7] });
    const checks = checkLoad({ adapter: adapterOf(peftPair(Q), CONFIG), model });
    for (const { verdict, silent, findings } of checks) {
      assert.deepEqual([verdict, silent], ['refused', []]);
      assert.match(
        english(findings.find(({ severity }) => severity === 'error')?.message),
        /Size mismatch: "model\.layers\.0\.self_attn\.q_proj" is \[6, 4\] in the adapter and \[5, 7\] in the model/,
      );
    }
    const mlx = { fine_tune_type: 'lora', num_layers: 1, lora_parameters: { rank: 2, scale: 1, dropout: 0 } };
    assert.match(told(mlxPair(Q), { [`${Q}.weight`]: [5, 7] }, mlx), /^"/);
  });

  it('finds weights with and without the prefix of a backbone, and tells so many', () => {
    assert.match(told(peftPair(Q), { 'layers.0.self_attn.q_proj.weight': [5, 7] }), /\[5, 7\]/);
    assert.match(told(peftPair('h.0.x'), { 'transformer.h.0.x.weight': [5, 7] }), /\[5, 7\]/);
    assert.equal(told(peftPair(Q), { 'x.y.q_proj.weight': [5, 7] }), '');
    const names = ['a', 'b', 'c', 'd', 'e'];
    const model = Object.fromEntries(names.map((name) => [`${name}.weight`, [5, 7]]));
    assert.match(
      told(
        names.flatMap((name) => peftPair(name)),
        model,
      ),
      /\(and 2 more\)$/,
    );
  });

  it('lets pass what fits: straight, Conv1D, embeddings', () => {
    assert.equal(told(peftPair(Q), { [`${Q}.weight`]: [6, 4] }), '');
    assert.match(told(peftPair(Q), { [`${Q}.weight`]: [4, 6] }), /^"/);
    const conv = { ...CONFIG, fan_in_fan_out: true };
    assert.equal(told(peftPair('h.0.c_attn'), { 'h.0.c_attn.weight': [4, 6] }, conv), '');
    const embedding = [
      { name: 'base_model.model.shared.lora_embedding_A', shape: [2, 30] },
      { name: 'base_model.model.shared.lora_embedding_B', shape: [4, 2] },
    ];
    assert.equal(told(embedding, { 'shared.weight': [30, 4] }), '');
    assert.match(told(embedding, { 'shared.weight': [31, 4] }), /^"/);
  });

  it('compares nothing that has a shape of its own: packed weights, convolutions, blocks', () => {
    assert.equal(told(peftPair(Q), { [`${Q}.weight`]: ['U8', [12, 1]] }), '');
    assert.equal(told(peftPair(Q), { [`${Q}.weight`]: [6, 4, 3] }), '');
    const weight = { [`${Q}.weight`]: [5, 7] };
    assert.equal(told(peftPair(Q), weight, { ...CONFIG, use_qalora: true }), '');
    assert.equal(told(peftPair(Q), weight, { ...CONFIG, use_bdlora: { nblocks: 2 } }), '');
  });
});
