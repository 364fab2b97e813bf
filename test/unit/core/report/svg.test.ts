import assert from 'node:assert/strict';
import { formatSvg } from '../../../../src/core/report/svg';
import {
  analysisOf,
  HOSTILE_NAME,
  reversing,
  scored,
  unscored,
  verdict,
} from '../../../support/analysisDocument';
import { say } from '../../../../src/core/message';

describe('formatSvg', () => {
  const document = analysisOf([
    scored('layers.0.q', { ediemIqr: 1 }),
    scored('layers.0.v', { ediemIqr: 2 }),
    unscored('layers.1.q', 'inactive', say('B is zero')),
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
  it('marks what stands out by a frame, what is selected by a dot, what has no score by a cross, and explains both', () => {
    assert.equal(svg.match(/stroke="#b3261e"/g), null);
    assert.equal(svg.match(/<circle /g)?.length, 1);
    const { modules, names } = reversing();
    const framed = formatSvg(analysisOf(modules), [], 'cosine');
    assert.equal(framed.match(/stroke="#b3261e"/g)?.length, names.length);
    assert.match(svg, />×</);
    assert.match(svg, /red frame: stands out; dot: selected; ×: no score/);
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
  describe('with several stacks', () => {
    const stack = (prefix: string, blocks: number) =>
      Array.from({ length: blocks }, (_, block) => scored(`${prefix}.${String(block)}.q`));
    const places = (drawn: string) =>
      [...drawn.matchAll(/<text x="([\d.]+)" y="(\d+)"[^>]*>([^<]*)<\/text>/g)].map(
        ([, x, y, text = '']) => ({ x: Number(x), y: Number(y), text }),
      );

    it('heads columns by their numbers, and the first of each stack by its prefix, once', () => {
      const modules = [...stack('decoder.block', 2), ...stack('encoder.block', 2)];
      const drawn = places(formatSvg(analysisOf(modules), [], 'ediemIqr'));
      const find = (text: string) => drawn.filter((place) => place.text === text);
      const [zeros, ones, [decoder, ...more], [encoder]] = [
        find('0'),
        find('1'),
        find('decoder.block'),
        find('encoder.block'),
      ];
      assert.deepEqual([zeros.length, ones.length, more.length], [2, 2, 0]);
      const [first, second] = zeros;
      assert.ok(decoder && encoder && first && second);
      assert.ok(decoder.y < first.y && decoder.y === encoder.y);
      assert.ok(decoder.x < first.x && first.x < encoder.x && encoder.x < second.x);
      assert.equal(drawn.filter(({ text }) => /block\.\d/.test(text)).length, 0);
    });
    it('is as wide as its cells, not as its prefixes', () => {
      const modules = [
        ...stack('model.language_model.layers', 32),
        ...stack('model.vision_tower.vision_model.encoder.layers', 32),
      ];
      const width = Number(/width="(\d+)"/.exec(formatSvg(analysisOf(modules), [], 'ediemIqr'))?.[1]);
      assert.ok(width > 64 * 56 && width < 64 * 56 + 200, String(width));
    });
    it('leaves room for a prefix that is wider than its columns', () => {
      const modules = [...stack('a.long.prefix.of.one', 1), ...stack('b', 1), scored('lm_head')];
      const svg = formatSvg(analysisOf(modules), [], 'ediemIqr');
      const [long, short, none] = ['a.long.prefix.of.one', 'b', 'no block'].map(
        (head) => places(svg).find(({ text }) => text === head)?.x ?? NaN,
      );
      assert.ok(long !== undefined && short !== undefined && none !== undefined);
      assert.ok(short - long > 'a.long.prefix.of.one'.length * 6.5);
      assert.ok(none - short > 56);
    });
  });
  it('cuts a long name between characters', () => {
    const cut = formatSvg(analysisOf([scored('\u{1F600}'.repeat(20))]), [], 'ediemIqr');
    assert.match(cut, />…(?:\u{1F600}){13}</u);
  });

  it('draws an analysis without any module', () => {
    const empty = formatSvg(analysisOf([]), [], 'cosine');
    assert.match(empty, /<\/svg>\n$/);
    assert.doesNotMatch(empty, /NaN|Infinity/);
  });
});
