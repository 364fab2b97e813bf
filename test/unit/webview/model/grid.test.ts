import assert from 'node:assert/strict';
import { layOut } from '../../../../src/core/report/heatLayout';
import { gridOf, nextCell } from '../../../../webview/model/grid';

describe('nextCell', () => {
  // Row q holds blocks 0 and 2, row v blocks 1 and 2: places 0, 2, 4, 5.
  const layout = layOut(['l.0.q', 'l.2.q', 'l.1.v', 'l.2.v']);
  assert.ok(layout !== null);
  const map = gridOf(layout);

  it('skips holes and stays at the edges', () => {
    assert.equal(nextCell(map, 0, 'ArrowRight', false), 2);
    assert.equal(nextCell(map, 2, 'ArrowRight', false), 2);
    assert.equal(nextCell(map, 2, 'ArrowDown', false), 5);
    assert.equal(nextCell(map, 4, 'ArrowUp', false), 4);
    assert.equal(nextCell(map, 5, 'ArrowLeft', false), 4);
  });

  it('moves to the ends of row and map', () => {
    assert.equal(nextCell(map, 5, 'Home', false), 4);
    assert.equal(nextCell(map, 5, 'Home', true), 0);
    assert.equal(nextCell(map, 0, 'End', false), 2);
    assert.equal(nextCell(map, 0, 'End', true), 5);
    assert.equal(nextCell(map, 0, 'x', false), undefined);
  });
});
