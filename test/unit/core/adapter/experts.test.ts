import assert from 'node:assert/strict';
import { expertPlace } from '../../../../src/core/adapter/experts';

describe('expertPlace', () => {
  it('finds matrices of single experts', () => {
    assert.deepEqual(expertPlace('model.layers.0.mlp.experts.7.down_proj'), {
      container: 'model.layers.0.mlp.experts',
      index: 7,
      matrix: 'down_proj',
    });
    assert.equal(expertPlace('model.layers.0.block_sparse_moe.experts.12.w1')?.index, 12);
  });

  for (const name of [
    'model.layers.0.mlp.experts.down_proj',
    'model.layers.0.mlp.shared_expert.down_proj',
    'model.layers.0.mlp.experts.x.down_proj',
    'model.layers.0.mlp.experts.1234567.down_proj',
    'model.layers.0.self_attn.q_proj',
    'shared_experts.1.up_proj',
    '.1.',
    'experts',
    '',
  ])
    it(`finds none in "${name}"`, () => {
      assert.equal(expertPlace(name), undefined);
    });
});
