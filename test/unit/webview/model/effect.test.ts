import assert from 'node:assert/strict';
import { say } from '../../../../src/core/message';
import { panelDocument } from '../../../../src/protocol/panelDocument';
import { effectOf, formatShare } from '../../../../webview/model/effect';
import { analysisOf, scored, unscored, verdict } from '../../../support/analysisDocument';

describe('effectOf', () => {
  it('adds up modules, bytes and the share of the squared update norm', () => {
    const { modules } = panelDocument(
      analysisOf([
        scored('a', { updateNorm: 3 }),
        scored('b', { updateNorm: 4 }),
        unscored('c', 'unmatched', say('No tensor.')),
      ]),
      String,
    );
    const effect = effectOf(modules, [
      verdict('a', 2, 'prune'),
      verdict('b', 1),
      verdict('c', null, 'prune', 'pin'),
    ]);
    assert.deepEqual(effect, {
      modules: 2,
      modulesTotal: 3,
      bytes: 2 * 2816,
      bytesTotal: 3 * 2816,
      normShare: 9 / 25,
      pinned: 1,
    });
    assert.equal(effectOf(panelDocument(analysisOf([]), String).modules, []).normShare, null);
  });
});

describe('a share', () => {
  it('is written for users', () => {
    assert.deepEqual([0, 0.0312, 0.5].map(formatShare), ['0 %', '3.1 %', '50 %']);
  });
});
