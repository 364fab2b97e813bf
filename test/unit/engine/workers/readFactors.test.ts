import assert from 'node:assert/strict';
import { readFactors } from '../../../../src/engine/workers/measureModule';
import type { ModuleWork, StoredFactor } from '../../../../src/engine/workers/protocol';

function factor(dtype: 'F32' | 'F64', ...values: number[]): StoredFactor {
  const array = dtype === 'F32' ? Float32Array.from(values) : Float64Array.from(values);
  return { bytes: new Uint8Array(array.buffer), dtype, transposed: false };
}

function status(a: StoredFactor, b: StoredFactor, scale = 2): string {
  const difference = {} as ModuleWork['difference'];
  const read = readFactors({ module: 'q', m: 1, n: 2, rank: 1, scale, a, b, difference, quartiles: 'exact' });
  return 'status' in read ? read.status : 'active';
}

describe('readFactors', () => {
  it('calls a module inactive only where no loader could see an effect', () => {
    assert.equal(status(factor('F32', 1, 2), factor('F32', 0)), 'inactive');
    assert.equal(status(factor('F64', 1, 2), factor('F64', 0)), 'inactive');
    assert.equal(status(factor('F64', 1, 2), factor('F64', 1e-50)), 'unsupported');
    // 0 times what overflows is NaN.
    assert.equal(status(factor('F32', 3e38, 3e38), factor('F32', 0)), 'unsupported');
  });

  it('does not score what only the scale makes small', () => {
    const pair = [factor('F32', 1, 2), factor('F32', 3)] as const;
    assert.equal(status(...pair), 'active');
    for (const scale of [0, 1e-12, -1]) assert.equal(status(...pair, scale), 'unsupported');
  });
});
