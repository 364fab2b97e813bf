import assert from 'node:assert/strict';
import { formatSvg } from '../../../../src/core/report/svg';
import { analysisOf, HOSTILE_NAME, scored, unscored, verdict } from '../../../support/analysisDocument';

describe('formatSvg', () => {
  const document = analysisOf([
    scored('layers.0.q', { ediemIqr: 1 }),
    scored('layers.0.v', { ediemIqr: 2 }),
    unscored('layers.1.q', 'inactive', 'B is zero'),
    scored(HOSTILE_NAME),
  ]);
  const svg = formatSvg(document, [verdict('layers.0.v', 1, 'prune')], 'ediemIqr');

  it('is balanced markup with text from files as text', () => {
    const stack: string[] = [];
    for (const [, close, name = '', empty] of svg.matchAll(/<(\/?)([a-z]+)[^<>]*?(\/?)>/g)) {
      if (close === '/') assert.equal(stack.pop(), name);
      else if (empty !== '/') stack.push(name);
    }
    assert.deepEqual(stack, []);
    assert.doesNotMatch(svg, /<img|<script|\u202e|\u001b/);
    assert.doesNotMatch(svg.replace(/<[^<>]*>/g, ''), /[<>]/);
  });
  it('marks what would go by a frame, what has no score by a cross, and explains both', () => {
    assert.equal(svg.match(/stroke="#b3261e"/g)?.length, 1);
    assert.match(svg, />×</);
    assert.match(svg, /red frame: would be pruned; ×: no score/);
    assert.match(svg, /role="img" aria-label="E-DIEM \(IQR\) of LoRA modules"/);
  });
  it('is the same way round as the panel: types down, blocks across', () => {
    const [q, v, first, second] = ['q', 'v', '0', '1'].map((label) => {
      const place = new RegExp(`<text x="([\\d.]+)" y="([\\d.]+)"[^>]*>${label}</text>`).exec(svg);
      assert.ok(place, label);
      return { x: Number(place[1]), y: Number(place[2]) };
    });
    assert.ok(q && v && first && second);
    assert.ok(q.x === v.x && q.y < v.y);
    assert.ok(first.y === second.y && first.x < second.x);
    assert.ok(q.x < first.x && first.y < q.y);
  });
  it('draws an analysis without any module', () => {
    const empty = formatSvg(analysisOf([]), [], 'cosine');
    assert.match(empty, /<\/svg>\n$/);
    assert.doesNotMatch(empty, /NaN|Infinity/);
  });
});
