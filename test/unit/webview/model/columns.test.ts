import assert from 'node:assert/strict';
import { SCORE_NAMES } from '../../../../src/core/report/scores';
import { HIDEABLE_COLUMNS, moduleColumns } from '../../../../webview/model/columns';

/** Beside the score that ranks. */
const STAYING = ['module', 'position', 'verdict', 'pins'];

describe('the columns of modules', () => {
  it('can all be hidden, but for a few and the score that ranks', () => {
    for (const rankBy of SCORE_NAMES)
      for (const { id, leaves = 0 } of moduleColumns(rankBy, 'position'))
        assert.equal(leaves === 0, id === rankBy || STAYING.includes(id), `${id}, ranked by ${rankBy}`);
  });

  it('leave in their order, the one that is sorted by last', () => {
    const leaving = moduleColumns('ediemIqr', 'vNorm').filter(({ leaves = 0 }) => leaves > 0);
    assert.equal(leaving.toSorted((x, y) => (x.leaves ?? 0) - (y.leaves ?? 0))[0]?.id, 'vNorm');
    const staying = moduleColumns('ediemIqr', 'verdict').find(({ id }) => id === 'verdict');
    assert.equal(staying?.leaves ?? 0, 0);
  });

  it('are those that the user left, and the score that ranks', () => {
    const ids = moduleColumns('cosine', 'position', ['cosine', 'bytes', 'rank']).map(({ id }) => id);
    assert.ok(ids.includes('cosine') && ids.includes('module'));
    assert.ok(!ids.includes('bytes') && !ids.includes('rank'));
    assert.ok(HIDEABLE_COLUMNS.every(({ id }) => !STAYING.includes(id)));
  });

  it('never leave with the size of the update first', () => {
    const leaving = moduleColumns('reversal', 'position').filter(({ leaves = 0 }) => leaves > 0);
    const order = leaving.toSorted((x, y) => (y.leaves ?? 0) - (x.leaves ?? 0)).map(({ id }) => id);
    assert.ok(order.indexOf('updateNorm') >= order.length - 3, order.join());
  });
});
