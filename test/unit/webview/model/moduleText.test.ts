import assert from 'node:assert/strict';
import { panelDocument } from '../../../../src/protocol/panelDocument';
import { cellState, describeCell } from '../../../../webview/model/heatmap';
import { moduleTip, verdictText } from '../../../../webview/model/moduleText';
import { PageModel } from '../../../../webview/model/page';
import { analysisOf, HOSTILE_NAME, scored, unscored, verdict } from '../../../support/analysisDocument';
import { say } from '../../../../src/core/message';

const document = analysisOf([
  scored('l.0.mlp.experts.0.up', { cosine: 0.5 }),
  scored('l.0.mlp.experts.1.up', { cosine: -0.25 }),
  unscored(HOSTILE_NAME, 'unmatched', say('The base model has no such tensor.')),
]);

function model(): PageModel {
  const page = new PageModel(
    () => undefined,
    () => undefined,
  );
  const pins = { keep: ['l.0.mlp.experts.0.up'], prune: [] };
  const selection = { rule: { kind: 'top', k: 1 }, rankBy: 'cosine', pins } as const;
  page.apply({ type: 'document', document: panelDocument(document, String), selection, revision: 0 });
  return page;
}

describe('cells', () => {
  it('show the expert ranked first, and the marks of all', () => {
    const state = cellState(model(), [0, 1]);
    assert.deepEqual(state, {
      ...{ index: 1, value: -0.25 },
      ...{ standsOut: false, pruned: true, pinned: true, chosen: false },
    });
    assert.match(
      describeCell(model(), state, 2),
      /^2 modules.*experts\.1\.up · Cosine −0\.250 .* · selected$/,
    );
  });

  it('say why there is no score, and spell out what cannot be seen', () => {
    const state = cellState(model(), [2]);
    assert.equal(state.value, null);
    const said = describeCell(model(), state, 1);
    assert.match(said, /no score · unmatched · The base model has no such tensor\.$/);
    assert.ok(said.includes('\\u{202e}') && !said.includes('\u202e'));
  });

  it('tell in a tip what has no column', () => {
    const { modules } = panelDocument(document, String);
    assert.equal(
      moduleTip(modules, 0),
      'l.0.mlp.experts.0.up\n96 × 256, rank 4, scale 2.000\nE-DIEM compares it with the 8 active modules of its shape.',
    );
    assert.match(moduleTip(modules, 2), /The base model has no such tensor\.$/);
  });

  it('name each verdict', () => {
    const table = {
      status: ['scored', 'inactive', 'measured'],
      replaced: [true, false, false],
    } as const;
    assert.equal(verdictText(verdict('a', 1, 'prune', 'pin'), table, 0), 'selected, pinned');
    assert.equal(verdictText(verdict('a', null), table, 0), 'replaced');
    assert.equal(verdictText(verdict('a', null, 'keep', 'unscored'), table, 1), 'inactive');
    assert.equal(verdictText(verdict('a', null, 'keep', 'unscored'), table, 2), 'measured');
  });
});
