import assert from 'node:assert/strict';
import { parseAdapterKey } from '../../../../src/core/adapter/keys';
import { Q } from '../../../support/adapterFixture';

describe('keys', () => {
  const cases: readonly (readonly [string, ReturnType<typeof parseAdapterKey>])[] = [
    [`base_model.model.${Q}.lora_A.weight`, { module: Q, part: 'a' }],
    [`base_model.model.${Q}.lora_B.weight`, { module: Q, part: 'b' }],
    [`base_model.model.${Q}.lora_A.default.weight`, { module: Q, part: 'a', adapterName: 'default' }],
    [`base_model.model.${Q}.lora_B.bias`, { module: Q, part: 'bBias' }],
    [`base_model.model.${Q}.lora_B.default.bias`, { module: Q, part: 'bBias', adapterName: 'default' }],
    [`base_model.model.${Q}.base_layer.bias`, { module: Q, part: 'baseBias' }],
    [`base_model.model.${Q}.lora_magnitude_vector`, { module: Q, part: 'magnitude' }],
    [`base_model.model.${Q}.lora_magnitude_vector.weight`, { module: Q, part: 'magnitude' }],
    [
      `base_model.model.${Q}.lora_magnitude_vector.default.weight`,
      { module: Q, part: 'magnitude', adapterName: 'default' },
    ],
    [
      'base_model.model.model.embed_tokens.lora_embedding_A',
      { module: 'model.embed_tokens', part: 'embeddingA' },
    ],
    [
      'base_model.model.model.embed_tokens.lora_embedding_B.default',
      { module: 'model.embed_tokens', part: 'embeddingB', adapterName: 'default' },
    ],
    [
      'base_model.model.model.embed_tokens.base_layer.weight',
      { module: 'model.embed_tokens', part: 'baseWeight' },
    ],
    [
      'base_model.model.m.mlp.experts.base_layer.lora_A.weight',
      { module: 'm.mlp.experts.base_layer', part: 'a' },
    ],
    [`${Q}.lora_A.weight`, { module: Q, part: 'a' }],
    [`module.base_model.model.${Q}.lora_A.weight`, { module: Q, part: 'a' }],
    [`_orig_mod.base_model.model.${Q}.lora_A.weight`, { module: Q, part: 'a' }],
    [`base_model.model._orig_mod.${Q}.lora_A.weight`, { module: Q, part: 'a' }],
    [
      '_fsdp_wrapped_module.base_model.model.model.layers.0._fsdp_wrapped_module.q.lora_B.weight',
      { module: 'model.layers.0.q', part: 'b' },
    ],
    ['base_model.model.module.layers.0.q.lora_B.weight', { module: 'module.layers.0.q', part: 'b' }],
    [`${Q}.lora_a`, { module: Q, part: 'mlxA' }],
    [`${Q}.lora_b`, { module: Q, part: 'mlxB' }],
    [`${Q}.m`, { module: Q, part: 'mlxMagnitude' }],
    ['base_model.model.lm_head.weight', undefined],
    ['base_model.model.classifier.modules_to_save.default.weight', undefined],
    ['base_model.model.embed_tokens.token_adapter.trainable_tokens_delta', undefined],
    ['lora_A.weight', undefined],
    ['base_model.model.lora_A.weight', undefined],
    [`${Q}.lora_A`, undefined],
    [`${Q}.lora_A.a.b.weight`, undefined],
    ['', undefined],
    ['lora_down.weight', undefined],
  ];
  for (const [name, expected] of cases) {
    it(`reads ${name === '' ? 'an empty name' : name}`, () => {
      assert.deepEqual(parseAdapterKey(name), expected);
    });
  }
});
