import assert from 'node:assert/strict';
import { RESULT_KINDS } from '../../../../src/core/results';

describe('RESULT_KINDS', () => {
  it('has each kind under its id, with a folder of its own', () => {
    const kinds = Object.entries(RESULT_KINDS);
    for (const [key, kind] of kinds) assert.equal(kind.id, key);
    assert.equal(new Set(kinds.map(([, kind]) => kind.folder)).size, kinds.length);
  });

  it('has analyses where earlier versions wrote them', () => {
    assert.equal(RESULT_KINDS.analysis.folder, 'results');
  });
});
