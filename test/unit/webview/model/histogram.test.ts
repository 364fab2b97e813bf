import assert from 'node:assert/strict';
import { VERDICT, type PanelSelection } from '../../../../src/protocol/panel';
import { histogram } from '../../../../webview/model/histogram';

const selection: PanelSelection = {
  rule: { kind: 'none' },
  rankBy: 'distance',
  order: 'largest',
  verdicts: [VERDICT.keep, VERDICT.prune, VERDICT.unscored, VERDICT.pinnedPrune, VERDICT.pinnedKeep],
  positions: [],
};

describe('histogram', () => {
  it('counts every value once, apart by what becomes of its module', () => {
    const found = histogram([0, 10, null, 4, 10], selection, 5);
    assert.ok(found !== null);
    assert.deepEqual(
      found.bins.map(({ keep, prune }) => [keep, prune]),
      [
        [1, 0],
        [0, 0],
        [0, 1],
        [0, 0],
        [1, 1],
      ],
    );
    assert.equal(found.highest, 2);
  });

  it('has room around a single value, and nothing for none', () => {
    const found = histogram([3, 3], null, 4);
    assert.ok(found !== null && found.min < 3 && found.max > 3);
    assert.equal(
      found.bins.reduce((sum, { keep }) => sum + keep, 0),
      2,
    );
    assert.equal(histogram([null], null, 4), null);
  });
});
