import assert from 'node:assert/strict';
import type { ArithmeticDtype } from '../../../src/core/safetensors/dtype';
import type { TensorInfo } from '../../../src/core/safetensors/types';
import { threadLimit } from '../../../src/engine/threadLimit';
import type { MatchedModule, ReadableWeight } from '../../../src/engine/matchModules';

describe('threadLimit', () => {
  it('is what is wanted where memory suffices, and never less than one', () => {
    assert.equal(threadLimit(4, []), 4);
    assert.equal(threadLimit(4, [moduleOf([4096, 4096], 8)]), 4);
    assert.equal(threadLimit(0, []), 1);
    assert.equal(threadLimit(64, [moduleOf([28_672, 8192], 2048)]), 1);
  });

  it('follows the module that takes most', () => {
    const [small, large] = [moduleOf([4096, 4096], 8), moduleOf([4096, 14_336], 256)];
    assert.equal(threadLimit(64, [small]), 6);
    assert.equal(threadLimit(64, [large, small]), threadLimit(64, [large]));
    assert.equal(threadLimit(64, [large]), 2);
  });
});

function moduleOf(
  [m, n]: readonly [number, number],
  rank: number,
  base: ArithmeticDtype = 'BF16',
): MatchedModule {
  const info = (name: string, dtype: ArithmeticDtype, shape: readonly number[]): TensorInfo => ({
    ...{ name, dtype, shape, offset: 0, byteLength: 0 },
  });
  const weight = (dtype: ArithmeticDtype): ReadableWeight => ({
    tensor: { file: '/model.safetensors', info: info('weight', dtype, [m, n]) },
    dtype,
  });
  const [a, b] = [info('a', 'F32', [rank, n]), info('b', 'F32', [m, rank])];
  return {
    module: { name: 'm', a, b, transposed: false, shape: [m, n], rank, scale: 1, tensors: [a, b] },
    base: weight(base),
    aligned: weight('BF16'),
    transposed: false,
    weightBytes: 0,
  };
}
