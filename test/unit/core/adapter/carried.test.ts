import assert from 'node:assert/strict';
import { carry, parameterModuleTest } from '../../../../src/core/adapter/carried';

describe('carried', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['base_model.model.classifier.weight', /modules_to_save/],
    ['base_model.model.score.modules_to_save.default.weight', /modules_to_save/],
    ['base_model.model.model.embed_tokens.token_adapter.trainable_tokens_delta', /Trained token rows/],
    ['base_model.model.model.layers.0.input_layernorm.bias', /^A bias/],
    ['base_model.model.model.embed_tokens.weight', /saved with the adapter/],
    ['base_model.model.lm_head.base_layer.weight', /copy of a base weight/],
    ['base_model.model.q.lora_monteclora_sampler.x', /unknown kind/],
    ['base_model.model.norm.weight', /full tensor/],
  ];
  for (const [name, reason] of cases) {
    it(`says why ${name} is carried`, () => {
      const tensor = { name, dtype: 'F32', shape: [1], offset: 0, byteLength: 4 } as const;
      assert.match(carry(tensor, new Set(['classifier'])).reason, reason);
    });
  }

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
