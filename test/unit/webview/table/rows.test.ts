import assert from 'node:assert/strict';
import fc from 'fast-check';
import { reachableRows, rowAfterKey, scrollToShow, visibleRange } from '../../../../webview/table/rows';

describe('visibleRange', () => {
  it('holds every item that is in view, and few others', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -50, max: 5000 }),
        fc.nat(500),
        fc.nat(200),
        fc.nat(5),
        (scroll, viewport, count, overscan) => {
          const { first, end } = visibleRange(scroll, viewport, 22, count, overscan);
          assert.ok(first >= 0 && first <= end && end <= count);
          assert.ok(end - first <= viewport / 22 + 2 + 2 * overscan);
          for (let index = 0; index < count; index += 1) {
            const inView =
              (index + 1) * 22 > Math.max(0, scroll) && index * 22 < Math.max(0, scroll) + viewport;
            if (inView) assert.ok(index >= first && index < end);
          }
        },
      ),
    );
  });
});

describe('scrollToShow', () => {
  it('moves no further than it must', () => {
    assert.equal(scrollToShow(100, 220, 22, 6), 100);
    assert.equal(scrollToShow(100, 220, 22, 2), 44);
    assert.equal(scrollToShow(100, 220, 22, 20), 242);
    assert.equal(scrollToShow(0, 10, 22, 0), 0);
  });
});

describe('rowAfterKey', () => {
  it('moves and stays in the list', () => {
    assert.equal(rowAfterKey('ArrowDown', 3, 10, 4), 4);
    assert.equal(rowAfterKey('ArrowUp', 0, 10, 4), 0);
    assert.equal(rowAfterKey('PageDown', 8, 10, 4), 9);
    assert.equal(rowAfterKey('PageUp', 8, 10, 4), 4);
    assert.equal(rowAfterKey('End', 0, 10, 4), 9);
    assert.equal(rowAfterKey('End', 0, 0, 4), undefined);
    assert.equal(rowAfterKey('x', 0, 10, 4), undefined);
  });
});

describe('reachableRows', () => {
  it('never asks for more pixels than a browser has', () => {
    assert.equal(reachableRows(100_000, 22), 100_000);
    assert.ok(reachableRows(5_000_000, 22) * 22 <= 30_000_000);
  });
});
