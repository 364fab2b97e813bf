import assert from 'node:assert/strict';
import { groupByRun } from '../../../../src/host/state/runSteps';

const weights = (folder: string): string => `/run/${folder}/adapter_model.safetensors`;

describe('groupByRun', () => {
  it('orders a run by steps, a copy after its original, the final adapter last', () => {
    const adapters = ['checkpoint-200-splora', 'checkpoint-1000', 'checkpoint-200'].map(weights);
    const final = '/run/adapter_model.safetensors';
    assert.deepEqual(groupByRun([final, ...adapters]), [
      {
        folder: '/run',
        adapters: [...['checkpoint-200', 'checkpoint-200-splora', 'checkpoint-1000'].map(weights), final],
      },
    ]);
  });

  it('orders files of one folder by their steps', () => {
    const files = [
      '/mlx/adapters.safetensors',
      '/mlx/0000200_adapters.safetensors',
      '/mlx/0000100_adapters.safetensors',
    ];
    assert.deepEqual(groupByRun(files), [{ folder: '/mlx', adapters: files.toReversed() }]);
  });

  it('leaves an adapter without a step alone', () => {
    assert.deepEqual(groupByRun(['/a/adapter_model.safetensors']), ['/a/adapter_model.safetensors']);
  });
});
