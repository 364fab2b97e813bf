import assert from 'node:assert/strict';
import { histogram } from '../../../../webview/model/histogram';
import { verdict } from '../../../support/analysisDocument';

const verdicts = [
  verdict('a', 4),
  verdict('b', 1, 'prune'),
  verdict('c', null, 'keep', 'unscored'),
  verdict('d', 3, 'prune', 'pin'),
  verdict('e', 2, 'keep', 'pin'),
];

describe('histogram', () => {
  it('counts every value once, apart by what becomes of its module', () => {
    const found = histogram([0, 10, null, 4, 10], verdicts, 5);
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
    const found = histogram([3, 3], [], 4);
    assert.ok(found !== null && found.min < 3 && found.max > 3);
    assert.equal(
      found.bins.reduce((sum, { keep }) => sum + keep, 0),
      2,
    );
    assert.equal(histogram([null], [], 4), null);
  });
});
