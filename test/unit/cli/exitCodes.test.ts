import assert from 'node:assert/strict';
import { EXIT } from '../../../src/cli/output';

describe('exit codes', () => {
  it('are the documented ones, all different', () => {
    assert.deepEqual(EXIT, { ok: 0, gate: 1, error: 2, interrupted: 130 });
  });
});
