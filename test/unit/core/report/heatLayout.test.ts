import assert from 'node:assert/strict';
import { layOut } from '../../../../src/core/report/heatLayout';

describe('layOut', () => {
  it('puts types in rows and blocks in columns, in numeric order', () => {
    const map = layOut(['m.layers.10.a.q', 'm.layers.2.a.q', 'm.layers.2.a.v', 'lm_head']);
    assert.ok(map !== null);
    assert.deepEqual(
      map.types.map(({ short }) => short),
      ['q', 'v', 'lm_head'],
    );
    assert.deepEqual(
      map.blocks.map(({ number }) => number),
      [2, 10, null],
    );
    assert.deepEqual(
      [...map.cells],
      [
        [1, [0]],
        [0, [1]],
        [3, [2]],
        [8, [3]],
      ],
    );
  });

  it('gives no cell to what is left out, and keeps the places of the others', () => {
    assert.deepEqual(
      [...(layOut(['l.0.q', 'head', 'l.1.q'], [false, true])?.cells.values() ?? [])],
      [[0], [2]],
    );
    assert.equal(layOut(['head'], [true]), null);
  });

  it('keeps stacks apart and experts together', () => {
    const map = layOut([
      'encoder.layers.0.q',
      'decoder.layers.0.q',
      'm.layers.0.mlp.experts.0.up',
      'm.layers.0.mlp.experts.1.up',
    ]);
    assert.ok(map !== null);
    assert.deepEqual(
      map.blocks.map(({ prefix }) => prefix),
      ['decoder.layers', 'encoder.layers', 'm.layers'],
    );
    assert.deepEqual(map.cells.get(5), [2, 3]);
  });

  it('spells types out where their last part is shared', () => {
    const map = layOut(['l.0.self.q', 'l.0.cross.q', 'l.0.cross.v']);
    assert.ok(map !== null);
    assert.deepEqual(
      map.types.map(({ short }) => short),
      ['self.q', 'cross.q', 'v'],
    );
  });

  it('is nothing for no modules', () => {
    assert.equal(layOut([]), null);
  });
});
