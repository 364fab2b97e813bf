import assert from 'node:assert/strict';
import { parameterModuleTest, sortWhole } from '../../../../src/core/adapter/carried';
import { adapterOf, peftPair, Q } from '../../../support/adapterFixture';
import { english } from '../../../support/english';

/** What a tensor of this name and shape is in an adapter whose only pair is `Q`. */
function sorted(name: string, shape: readonly number[] = [6, 4]): string {
  const tensor = { name, dtype: 'F32', shape, offset: 0, byteLength: 4 } as const;
  const { replacements, carried } = sortWhole([tensor], (module) => module === Q);
  return [
    ...replacements.map((one) => `${one.name} ${one.module ?? ''}`),
    ...carried.map(({ reason }) => english(reason)),
  ]
    .join()
    .trim();
}

describe('whole tensors', () => {
  const replaced: readonly (readonly [string, string])[] = [
    ['base_model.model.lm_head.weight', 'lm_head.weight'],
    ['base_model.model.model.embed_tokens.weight', 'model.embed_tokens.weight'],
    ['base_model.model.model.norm.weight', 'model.norm.weight'],
    ['base_model.model.model.layers.0.input_layernorm.bias', 'model.layers.0.input_layernorm.bias'],
    ['base_model.model.lm_head.base_layer.weight', 'lm_head.weight'],
    [`base_model.model.${Q}.base_layer.weight`, `${Q}.weight ${Q}`],
    [`base_model.model.${Q}.base_layer.bias`, `${Q}.bias ${Q}`],
    ['base_model.model.score.modules_to_save.default.weight', 'score.weight'],
    ['base_model.model.score.modules_to_save.weight', 'score.weight'],
    ['base_model.model.model.layers.0.mlp.experts.gate_up_proj', 'model.layers.0.mlp.experts.gate_up_proj'],
    ['module.lm_head.weight', 'lm_head.weight'],
    ['A_log', 'A_log'],
  ];
  for (const [name, parameter] of replaced) {
    it(`replace the parameter of their name: ${name}`, () => {
      assert.equal(sorted(name), parameter);
    });
  }

  const carried: readonly (readonly [string, RegExp])[] = [
    [`base_model.model.${Q}.weight`, /a name that PEFT does not read/],
    [`base_model.model.${Q}`, /a name that PEFT does not read/],
    ['base_model.model.model.embed_tokens.token_adapter.trainable_tokens_delta', /Trained token rows/],
    ['base_model.model.q.lora_monteclora_sampler.x', /unknown kind/],
  ];
  for (const [name, reason] of carried) {
    it(`are carried with a reason: ${name}`, () => {
      assert.match(sorted(name), reason);
    });
  }

  it('have no known replacement if they are empty, or several are of one parameter', () => {
    assert.match(sorted('base_model.model.lm_head.weight', [0, 4]), /empty/);
    const adapter = adapterOf([
      ...peftPair(Q),
      { name: 'base_model.model.lm_head.weight', shape: [9, 4] },
      { name: 'lm_head.weight', shape: [9, 4] },
    ]);
    assert.deepEqual(adapter.replacements, []);
    assert.deepEqual(
      adapter.carried.map(({ tensor }) => tensor.name),
      ['base_model.model.lm_head.weight', 'lm_head.weight'],
    );
  });
});

describe('parameterModuleTest', () => {
  it('knows the owner of a target parameter, once for each nesting', () => {
    const parameters = parameterModuleTest(['mlp.experts.gate_up_proj', 'mlp.experts.down_proj']);
    const none = parameterModuleTest(['weight']);
    assert.equal(parameters('model.layers.0.mlp.experts'), true);
    assert.equal(parameters('model.layers.0.mlp.experts.base_layer'), true);
    assert.equal(none('model.layers.0.mlp.experts.base_layer'), true);
    assert.equal(parameters('model.layers.0.mlp.experts.7.down_proj'), false);
    assert.equal(parameters('model.layers.0.self_attn.q_proj'), false);
    assert.equal(none('q'), false);
  });
});
