import assert from 'node:assert/strict';
import { stepOf, stepOfPath } from '../../../src/core/trainingStep';

describe('the training step in a name', () => {
  it('is in the name of a checkpoint', () => {
    assert.equal(stepOf('runs/checkpoint-1500'), 1500);
    assert.equal(stepOf('mlx/0000100_adapters.safetensors'), 100);
    assert.equal(stepOf('run/epoch_2'), 2);
    assert.equal(stepOf('llama-7b'), null);
    assert.equal(stepOf(`checkpoint-${'9'.repeat(400)}`), null);
  });

  it('is in the folder of the file, not in folders above', () => {
    assert.equal(stepOfPath('/run/checkpoint-20/adapter_model.safetensors'), 20);
    assert.equal(stepOfPath('C:\\run\\checkpoint-20\\'), 20);
    assert.equal(stepOfPath('/run/0000300_adapters.safetensors'), 300);
    assert.equal(stepOfPath('/step-3/final/adapter_model.safetensors'), null);
    assert.equal(stepOfPath('/checkpoint-20/final'), null);
  });
});
