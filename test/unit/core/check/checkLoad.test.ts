import assert from 'node:assert/strict';
import { checkLoad } from '../../../../src/core/check/checkLoad';
import { adapterOf, mlxPair, peftPair } from '../../../support/adapterFixture';

describe('checkLoad', () => {
  it('asks the loaders of the family, or those named, once each', () => {
    const peft = { adapter: adapterOf(peftPair('q'), '{}'), configText: '{}' };
    assert.deepEqual(
      checkLoad(peft).map(({ loader }) => loader),
      ['peft', 'vllm'],
    );
    assert.deepEqual(
      checkLoad(peft, ['mlx', 'mlx']).map(({ loader }) => loader),
      ['mlx'],
    );
    assert.deepEqual(
      checkLoad({ adapter: adapterOf(mlxPair('q'), '{}') }).map(({ loader }) => loader),
      ['mlx'],
    );
  });
});
