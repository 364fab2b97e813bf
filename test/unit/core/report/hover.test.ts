import assert from 'node:assert/strict';
import { hoverMarkdown, hoverText } from '../../../../src/core/report/hover';
import { analysisOf, HOSTILE_NAME, scored, unscored, verdict } from '../../../support/analysisDocument';

const document = analysisOf([scored('a'), unscored('b', 'unmatched', HOSTILE_NAME), scored(HOSTILE_NAME)]);

describe('hoverText', () => {
  it('shows the ranking score first and each score once', () => {
    const hover = hoverText(document, 'a', verdict('a', 1, 'prune'), { rankBy: 'reversal' });
    const names = hover?.scores.map(({ score }) => score) ?? [];
    assert.equal(names[0], 'reversal');
    assert.equal(new Set(names).size, names.length);
    assert.equal(hover?.shape, '96 × 256, rank 4, scale 2');
  });
  it('shows no scores where there are none, and nothing for a stranger', () => {
    const ranking = { rankBy: 'ediemIqr' } as const;
    assert.deepEqual(hoverText(document, 'b', verdict('b', null), ranking)?.scores, []);
    assert.equal(hoverText(document, 'z', verdict('z', null), ranking), null);
  });
});

describe('hoverMarkdown', () => {
  it('turns hostile names and reasons into plain text', () => {
    for (const module of [HOSTILE_NAME, 'b']) {
      const hover = hoverText(document, module, verdict(module, null), { rankBy: 'ediemIqr' });
      assert.ok(hover);
      const markdown = hoverMarkdown(hover);
      assert.doesNotMatch(markdown, /<img|[^\\]\[a|[^\\]\$\(|\u202e|\u001b/);
    }
  });
});
