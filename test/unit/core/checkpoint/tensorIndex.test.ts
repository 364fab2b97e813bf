import assert from 'node:assert/strict';
import { bareName, indexOf } from '../../../../src/core/checkpoint/tensorIndex';
import { checkpointOf } from '../../../support/checkpointOf';

describe('tensorIndex', () => {
  it('takes wrappers off the front only', () => {
    assert.equal(bareName('model.language_model.layers.0.w'), 'layers.0.w');
    assert.equal(bareName('language_model.model.layers.0.w'), 'layers.0.w');
    assert.equal(bareName('vision_tower.model.layers.0.w'), 'vision_tower.model.layers.0.w');
    assert.equal(bareName('modelling.x'), 'modelling.x');
  });

  it('is made once for each checkpoint', () => {
    const model = checkpointOf({ 'a.weight': [1] });
    assert.equal(indexOf(model), indexOf(model));
    assert.notEqual(indexOf(model), indexOf({ ...model }));
  });

  it('keeps tensors apart that share a bare name', () => {
    const { byBareName } = indexOf(checkpointOf({ 'model.a': [1], a: [2], 'transformer.a': [3] }));
    assert.deepEqual(
      byBareName.get('a')?.map(({ info }) => info.shape[0]),
      [1, 2, 3],
    );
  });

  it('sees Conv1D where weights are wider than high', () => {
    assert.equal(indexOf(checkpointOf({ 'transformer.h.1.attn.c_attn.weight': [4, 12] })).conv1d, true);
    assert.equal(indexOf(checkpointOf({ 'transformer.h.1.mlp.c_fc.weight': [16, 4] })).conv1d, false);
    assert.equal(
      indexOf(checkpointOf({ 'h.1.attn.c_proj.weight': [4, 4], 'h.1.attn.c_attn.bias': [12] })).conv1d,
      undefined,
    );
  });
});
