import assert from 'node:assert/strict';
import { layOut, nextCell } from '../../../../webview/model/heatmap';

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

describe('nextCell', () => {
  // Row q holds blocks 0 and 2, row v blocks 1 and 2: places 0, 2, 4, 5.
  const map = layOut(['l.0.q', 'l.2.q', 'l.1.v', 'l.2.v']);
  assert.ok(map !== null);

  it('skips holes and stays at the edges', () => {
    assert.equal(nextCell(map, 0, 'ArrowRight', false), 2);
    assert.equal(nextCell(map, 2, 'ArrowRight', false), 2);
    assert.equal(nextCell(map, 2, 'ArrowDown', false), 5);
    assert.equal(nextCell(map, 4, 'ArrowUp', false), 4);
    assert.equal(nextCell(map, 5, 'ArrowLeft', false), 4);
  });

  it('goes to the ends of row and map', () => {
    assert.equal(nextCell(map, 5, 'Home', false), 4);
    assert.equal(nextCell(map, 5, 'Home', true), 0);
    assert.equal(nextCell(map, 0, 'End', false), 2);
    assert.equal(nextCell(map, 0, 'End', true), 5);
    assert.equal(nextCell(map, 0, 'x', false), undefined);
  });
});
