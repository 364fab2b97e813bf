import assert from 'node:assert/strict';
import { CheckClicks } from '../../../../src/host/tree/checkClicks';

const layer = { id: 'layer', modules: ['q', 'k', 'v'] };

describe('clicks on a check box of the tree', () => {
  it('pin all modules of the row; a second click takes back the first', () => {
    const clicks = new CheckClicks();
    const before = { keep: ['q'], prune: ['k', 'other'] };
    const first = clicks.next(layer, before, 'keep');
    assert.deepEqual([[...first.keep].sort(), first.prune], [['k', 'q', 'v'], ['other']]);
    const second = clicks.next(layer, first, 'prune');
    assert.deepEqual([[...second.keep].sort(), [...second.prune].sort()], [['q'], ['k', 'other']]);
    const third = clicks.next(layer, second, 'keep');
    assert.deepEqual([...third.keep].sort(), ['k', 'q', 'v']);
  });

  it('pin again where something else was pinned since', () => {
    const clicks = new CheckClicks();
    clicks.next(layer, { keep: [], prune: [] }, 'keep');
    const pins = clicks.next(layer, { keep: ['q', 'k'], prune: ['v'] }, 'prune');
    assert.deepEqual([pins.keep, [...pins.prune].sort()], [[], ['k', 'q', 'v']]);
  });

  it('of one row leave what was pinned in others since', () => {
    const clicks = new CheckClicks();
    const first = clicks.next(layer, { keep: [], prune: [] }, 'prune');
    const second = clicks.next(layer, { ...first, keep: ['other'] }, 'keep');
    assert.deepEqual(second, { keep: ['other'], prune: [] });
  });
});
