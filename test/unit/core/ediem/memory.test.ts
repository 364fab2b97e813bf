import assert from 'node:assert/strict';
import { FACTOR_BYTES_MAX, factorBytes } from '../../../../src/core/ediem/memory';

describe('factorBytes', () => {
  it('counts the factors and two Gram matrices', () => {
    assert.equal(factorBytes([4096, 4096], 8), 8192 * 8 * 40 + 8 * 8 * 16);
    assert.ok(factorBytes([1, 1], 100_000) > 100_000 ** 2 * 16);
  });

  it('allows rank 1024 in all layers of a 70B model', () => {
    assert.ok(factorBytes([28_672, 8192], 1024) < FACTOR_BYTES_MAX);
  });
});
