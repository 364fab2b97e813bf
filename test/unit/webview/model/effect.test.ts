import assert from 'node:assert/strict';
import { panelDocument } from '../../../../src/host/panel/derive';
import { VERDICT } from '../../../../src/protocol/panel';
import { effectOf } from '../../../../webview/model/effect';
import { formatShare } from '../../../../webview/model/numbers';
import { analysisOf, scored, unscored } from '../../../support/analysisDocument';
import { say } from '../../../../src/core/message';

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
    const effect = effectOf(modules, {
      rule: { kind: 'none' },
      rankBy: 'distance',
      order: 'largest',
      verdicts: [VERDICT.prune, VERDICT.keep, VERDICT.pinnedPrune],
      positions: [],
    });
    assert.deepEqual(effect, {
      modules: 2,
      modulesTotal: 3,
      bytes: 2 * 2816,
      bytesTotal: 3 * 2816,
      normShare: 9 / 25,
      pinned: 1,
    });
    assert.equal(effectOf(panelDocument(analysisOf([]), String).modules, null).normShare, null);
  });
});

describe('a share', () => {
  it('is written for people', () => {
    assert.deepEqual([0, 0.0312, 0.5].map(formatShare), ['0 %', '3.1 %', '50 %']);
  });
});
