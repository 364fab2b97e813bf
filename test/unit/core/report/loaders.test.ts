import assert from 'node:assert/strict';
import { LOADERS } from '../../../../src/core/check/types';
import { LOADER_NAMES, LOADER_VERSIONS } from '../../../../src/core/report/loaders';

describe('loaders', () => {
  it('names each, and the releases of PEFT that were read', () => {
    assert.deepEqual(Object.keys(LOADER_NAMES), [...LOADERS]);
    assert.deepEqual(LOADER_VERSIONS, { peft: ['0.15', '0.21'] });
  });
});
