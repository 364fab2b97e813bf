import assert from 'node:assert/strict';
import { displayName } from '../../../../src/core/safetensors/displayName';

describe('displayName', () => {
  it('quotes an ordinary name as JSON does', () => {
    assert.equal(displayName('model.layers.0.q_proj'), '"model.layers.0.q_proj"');
    assert.equal(displayName('a"b'), '"a\\"b"');
  });

  it('spells out what cannot be seen, and cuts what is long', () => {
    assert.equal(displayName('a\u202e\n'), '"a\\u{202e}\\u{a}"');
    assert.ok(displayName('x'.repeat(1_000_000)).length < 300);
  });
});
