import assert from 'node:assert/strict';
import { cutPath, lastOfName, lastOfPath } from '../../../src/core/lastPart';

describe('the last part', () => {
  it('of a path of any system or of a repo id, without separators at the end', () => {
    for (const path of ['/a/b', 'C:\\a\\b', 'b', 'owner/b', '/a/b//']) assert.equal(lastOfPath(path), 'b');
    assert.deepEqual(cutPath('/a/b/'), ['/a/', 'b']);
    assert.deepEqual(cutPath('//'), ['', '']);
  });

  it('of a very long path is found in linear time', () => {
    assert.equal(lastOfPath(`a${'/'.repeat(1_000_000)}b`), 'b');
    assert.equal(lastOfPath(`a${'/'.repeat(1_000_000)}`), 'a');
  });

  it('of the name of a module', () => {
    assert.equal(lastOfName('model.layers.0.self_attn.q_proj'), 'q_proj');
    assert.equal(lastOfName('lm_head'), 'lm_head');
  });
});
