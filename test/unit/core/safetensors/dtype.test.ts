import assert from 'node:assert/strict';
import {
  DTYPE_BITS,
  isArithmeticDtype,
  isDtype,
  type DtypeName,
} from '../../../../src/core/safetensors/dtype';

describe('dtypes', () => {
  it('are known by their exact names only', () => {
    assert.ok(isDtype('F8_E8M0'));
    for (const name of ['f32', 'F32 ', '', 'toString', '__proto__', 'FLOAT']) assert.ok(!isDtype(name), name);
  });

  it('can be computed with where float32 holds their values', () => {
    const names = (Object.keys(DTYPE_BITS) as DtypeName[]).filter(isArithmeticDtype);
    assert.deepEqual(names.sort(), ['BF16', 'F16', 'F32', 'F64']);
  });
});
