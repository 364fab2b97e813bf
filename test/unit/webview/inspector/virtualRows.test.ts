import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  reachableRows,
  rowAfterKey,
  rowWindow,
  scrollToShow,
} from '../../../../webview/inspector/virtualRows';

describe('virtualRows', () => {
  it('draws all rows in view, and few more', () => {
    fc.assert(
      fc.property(
        fc.nat(30_000_000),
        fc.integer({ min: 0, max: 4000 }),
        fc.nat(1_000_000),
        (top, height, count) => {
          const { first, end } = rowWindow(top, height, 22, count);
          assert.ok(first >= 0 && first <= end && end <= count);
          assert.ok(end - first <= height / 22 + 20);
          for (let row = Math.floor(top / 22); row * 22 < top + height && row < count; row += 1) {
            assert.ok(row >= first && row < end);
          }
        },
      ),
    );
  });

  it('moves by keys and stays in the list', () => {
    assert.equal(rowAfterKey('ArrowDown', 3, 10, 4), 4);
    assert.equal(rowAfterKey('ArrowUp', 0, 10, 4), 0);
    assert.equal(rowAfterKey('PageDown', 8, 10, 4), 9);
    assert.equal(rowAfterKey('PageUp', 8, 10, 4), 4);
    assert.equal(rowAfterKey('End', 0, 10, 4), 9);
    assert.equal(rowAfterKey('End', 0, 0, 4), 0);
    assert.equal(rowAfterKey('x', 0, 10, 4), undefined);
  });

  it('scrolls no further than needed', () => {
    assert.equal(scrollToShow(5, 22, 0, 220, 22), 0);
    assert.equal(scrollToShow(0, 22, 100, 220, 22), 0);
    assert.equal(scrollToShow(20, 22, 0, 220, 22), 264);
  });

  it('never asks for more pixels than a browser has', () => {
    assert.equal(reachableRows(100_000, 22), 100_000);
    assert.ok(reachableRows(5_000_000, 22) * 22 <= 30_000_000);
  });
});
