import assert from 'node:assert/strict';
import fc from 'fast-check';
import { didYouMean, naturalCompare, nearMisses, quotedList } from '../../../../src/core/adapter/names';
import { english } from '../../../support/english';
import { say } from '../../../../src/core/message';

describe('names', () => {
  it('puts layer 2 before layer 10, and numbers of any length by value', () => {
    const names = ['h.10.a', 'h.2.b', 'h.2.a', 'h.002.a', 'h.99999999999999999999999.a', 'h.9.a', 'h'];
    assert.deepEqual([...names].sort(naturalCompare), [
      'h',
      'h.002.a',
      'h.2.a',
      'h.2.b',
      'h.9.a',
      'h.10.a',
      'h.99999999999999999999999.a',
    ]);
  });

  it('is a total order', () => {
    const name = fc.string({ unit: fc.constantFrom('a', 'b', '.', '0', '1', '9', 'é'), maxLength: 8 });
    fc.assert(
      fc.property(name, name, name, (a, b, c) => {
        assert.equal(Math.sign(naturalCompare(a, b)) + Math.sign(naturalCompare(b, a)), 0);
        assert.equal(naturalCompare(a, b) === 0, a === b);
        if (naturalCompare(a, b) <= 0 && naturalCompare(b, c) <= 0) assert.ok(naturalCompare(a, c) <= 0);
      }),
    );
  });

  it('offers names that contain the word, then those with few letters changed', () => {
    const names = [
      'model.layers.0.self_attn.q_proj',
      'model.layers.1.self_attn.q_proj',
      'model.layers.0.mlp.up_proj',
    ];
    assert.deepEqual(nearMisses('layers.1.self_attn', names), ['model.layers.1.self_attn.q_proj']);
    assert.deepEqual(nearMisses('base_model.model.model.layers.0.mlp.up_proj', names), [
      'model.layers.0.mlp.up_proj',
    ]);
    assert.equal(nearMisses('model.layer.0.mlp.upproj', names)[0], 'model.layers.0.mlp.up_proj');
    assert.deepEqual(nearMisses('zzz', names), []);
    assert.match(english(didYouMean('zzz', names)), /splora inspect/);
    assert.match(english(didYouMean('up_proj', names)), /Did you mean "model\.layers\.0\.mlp\.up_proj"\?/);
  });

  it('stays quick on long and many names', () => {
    const long = 'x'.repeat(1_000_000);
    assert.deepEqual(nearMisses(long, [`y${'x'.repeat(1000)}`]), []);
    assert.deepEqual(
      nearMisses(
        'abc',
        Array.from({ length: 10_000 }, (_, i) => `m${i}`),
      ),
      [],
    );
  });

  it('shows hostile names cut and spelt out', () => {
    assert.equal(quotedList(['a\u202eb', 'c']), '"a\\u{202e}b", "c"');
    const four = english(say('{0}', quotedList(['a', 'b', 'c', 'd'])));
    assert.equal(four, '"a", "b", "c" and 1 more');
  });
});
